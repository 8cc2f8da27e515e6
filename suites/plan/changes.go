package plan

import (
	"fmt"
	"strconv"

	"stalemate/fixtures/target"
)

// MaxRepeat is the highest number of holds of a cell, here and in target files.
const MaxRepeat = 20

// Changes are the changes that a command line makes to its targets. The zero value changes nothing.
type Changes struct {
	Image  string         // replaces the image or build folder of the only target
	Repeat int            // holds of each cell; 0: as the files say
	Policy *target.Policy // limits in addition to those of the files
	// Registry is where images come from whose names have none. It changes no target.
	Registry string
}

// Apply changes the targets. It returns an error if the command line contradicts itself.
func (c Changes) Apply(targets []*target.Target) error {
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
		t.Overrides = c.flags()
	}
	return nil
}

// flags are the flags that a command needs to repeat a cell with the same changes.
func (c Changes) flags() []string {
	var flags []string
	if c.Image != "" {
		flags = append(flags, "--image", c.Image)
	}
	if c.Repeat != 0 {
		flags = append(flags, "--repeat", strconv.Itoa(c.Repeat))
	}
	if c.Policy != nil {
		flags = append(flags, "--policy", c.Policy.File)
	}
	if c.Registry != "" {
		flags = append(flags, "--registry", c.Registry)
	}
	return flags
}
