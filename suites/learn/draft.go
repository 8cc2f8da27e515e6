package learn

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"stalemate/fixtures"
)

// draft is a target file under way: what a person gave, as it was written, and
// what was found out, for the keys that are missing.
type draft struct {
	path string // that the text would be read from: relative paths count from its folder
	text string
	has  map[string]bool // the keys that the person gave
	name string
}

// section is one top-level key of a target file, with the comments above it.
type section struct{ key, text string }

// begin makes the first draft: a partial file where one is given, else a file of
// a name and an image alone.
func begin(o Options) (*draft, error) {
	d := &draft{path: "target.yaml", has: map[string]bool{}}
	given := map[string]any{}
	if o.Partial != "" {
		text, err := os.ReadFile(o.Partial)
		if err != nil {
			return nil, fmt.Errorf("read the partial target file: %w", err)
		}
		if err := yaml.Unmarshal(text, &given); err != nil {
			return nil, fmt.Errorf("%s: is not YAML: %w", o.Partial, err)
		}
		d.path, d.text = o.Partial, strings.TrimRight(string(text), "\n")+"\n"
	}
	for key := range given {
		d.has[key] = true
	}
	for _, key := range []string{"limits", "canary", "reviewed"} {
		if d.has[key] {
			return nil, fmt.Errorf("%s: it has %q, which is what learn finds out: remove it", o.Partial, key)
		}
	}
	switch {
	case o.Image != "" && (d.has["image"] || d.has["build"]):
		return nil, fmt.Errorf("%s names what to start, and so does the command line: leave one out", o.Partial)
	case o.Image == "" && !d.has["image"] && !d.has["build"]:
		return nil, errors.New("name an image, or give a partial file (-f) that has image or build")
	}
	d.name = nameOf(o.Image)
	if name, ok := given["name"].(string); ok {
		d.name = name
	} else if image, ok := given["image"].(string); ok {
		d.name = nameOf(image)
	}
	d.add(section{"version", "version: 1\n"}, section{"name", fmt.Sprintf("name: %s\n", d.name)})
	if o.Image != "" {
		d.add(section{"image", fmt.Sprintf("image: %q\n", o.Image)})
	}
	return d, nil
}

// add appends what the person did not give.
func (d *draft) add(all ...section) {
	for _, s := range all {
		if !d.has[s.key] {
			d.text += s.text
		}
	}
}

// with is the target of the draft with more sections, which the draft does not keep.
func (d *draft) with(all ...section) (*fixtures.Target, error) {
	more := *d
	more.add(all...)
	t, err := fixtures.Parse(d.path, []byte(more.text), os.LookupEnv)
	if err != nil {
		return nil, fmt.Errorf("the draft of a target file for %s: %w", d.name, err)
	}
	return t, nil
}

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// longestName leaves room for what is added to it in the names of pods.
const longestName = 30

// nameOf makes a target's name of an image reference: its last part, without tag and digest.
func nameOf(image string) string {
	image, _, _ = strings.Cut(image, "@")
	image = image[strings.LastIndexByte(image, '/')+1:]
	image, _, _ = strings.Cut(image, ":")
	name := strings.Trim(notInNames.ReplaceAllString(strings.ToLower(image), "-"), "-")
	if len(name) > longestName {
		name = strings.TrimRight(name[:longestName], "-")
	}
	if name == "" {
		return "target"
	}
	return name
}
