package plan

import (
	"fmt"
	"strconv"

	"stalemate/fixtures"
)

// MaxRepeat is how many holds a cell can have at most; a target file has the same bound.
const MaxRepeat = 20

// Changes are what a command line changes in the targets that it names. The zero value changes nothing.
type Changes struct {
	Image  string           // instead of the image or build folder of the only target
	Repeat int              // holds a cell, instead of what the files say
	Policy *fixtures.Policy // limits beside those of the files
	// Registry changes no target, but where its image comes from.
	Registry string
}

// Apply changes the targets. An error means that the command line asks for what cannot be.
func (c Changes) Apply(targets []*fixtures.Target) error {
	if c.Repeat < 0 || c.Repeat > MaxRepeat {
		return fmt.Errorf("--repeat %d: give 1 to %d holds a cell", c.Repeat, MaxRepeat)
	}
	if c.Image != "" && len(targets) != 1 {
		return fmt.Errorf("--image %s goes with one target file, and %d were given: name the one with -f", c.Image, len(targets))
	}
	for _, t := range targets {
		if c.Image != "" {
			t.Image, t.Build, t.BuildArgs = c.Image, "", nil
		}
		if c.Repeat != 0 {
			t.Repeat = c.Repeat
		}
		t.Policy = c.Policy
		t.Overrides = c.words()
	}
	return nil
}

// words are the flags of the command that repeats a cell as it was.
func (c Changes) words() []string {
	var words []string
	if c.Image != "" {
		words = append(words, "--image", c.Image)
	}
	if c.Repeat != 0 {
		words = append(words, "--repeat", strconv.Itoa(c.Repeat))
	}
	if c.Policy != nil {
		words = append(words, "--policy", c.Policy.File)
	}
	if c.Registry != "" {
		words = append(words, "--registry", c.Registry)
	}
	return words
}
