package learn

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"stalemate/fixtures"
)

// draft is a target file under way: what a person gave, as it was written, and
// what was found out, for the keys that are missing.
type draft struct {
	path  string // of what was given: its relative paths count from its folder, and messages name it
	given string
	out   string // of what is to be written
	moved string // what was given, as it has to be there
	added string
	has   map[string]bool // the keys that the person gave
	name  string
	hide  mask
}

// section is one top-level key of a target file, with the comments above it.
type section struct{ key, text string }

// begin makes the first draft: a partial file where one is given, else a file of
// a name and an image alone.
func begin(o Options) (*draft, error) {
	d := &draft{path: "target.yaml", out: "target.yaml", has: map[string]bool{}, hide: Mask(nil)}
	if o.Output != "" {
		d.out = o.Output
	}
	name, image := "", o.Image
	if o.Partial != "" {
		partial, err := fixtures.LoadPartial(o.Partial)
		if err != nil {
			return nil, err
		}
		if err := d.take(partial, o); err != nil {
			return nil, err
		}
		name, _ = partial.Value("name").(string)
		if given, ok := partial.Value("image").(string); ok {
			image = given
		}
	}
	switch {
	case o.Image != "" && (d.has["image"] || d.has["build"]):
		return nil, fmt.Errorf("%s names what to start, and so does the command line: leave one out", o.Partial)
	case o.Image == "" && !d.has["image"] && !d.has["build"]:
		return nil, errors.New("name an image, or give a partial file (-f) that has image or build")
	}
	if d.name = name; name == "" {
		d.name = nameOf(image)
	}
	d.add(section{"version", "version: 1\n"}, section{"name", fmt.Sprintf("name: %s\n", d.name)})
	if o.Image != "" {
		d.add(section{"image", fmt.Sprintf("image: %q\n", o.Image)})
	}
	return d, nil
}

// take makes a partial file the beginning of the draft, or says why it cannot be.
func (d *draft) take(partial *fixtures.Partial, o Options) error {
	keys := partial.Keys()
	for _, key := range []string{"limits", "canary", "reviewed"} {
		if slices.Contains(keys, key) {
			return fmt.Errorf("%s: it has %q, which is for learn to write: remove it", o.Partial, key)
		}
	}
	if slices.Contains(keys, "prepare") {
		return fmt.Errorf(`%s: it has "prepare", and learn holds a server to which nothing was done before: remove it, and add it to what learn writes`, o.Partial)
	}
	// They would name what has no name yet.
	for _, path := range [][]string{{"exhaustion"}, {"ready", "listener"}} {
		if partial.Value(path...) != nil && !slices.Contains(keys, "listeners") {
			return fmt.Errorf("%s: its %s names a listener, and it has no listeners: give them as well, or remove it", o.Partial, strings.Join(path, "."))
		}
	}
	folder := ""
	if o.Output != "" {
		folder = filepath.Dir(o.Output)
	}
	moved, err := partial.Moved(folder)
	if err != nil {
		return err
	}
	whole := func(text string) string { return strings.TrimRight(text, "\n") + "\n" }
	d.path, d.given, d.moved = o.Partial, whole(partial.Text()), whole(moved)
	for _, key := range keys {
		d.has[key] = true
	}
	return nil
}

// missing is the text of what the person did not give.
func (d *draft) missing(all ...section) string {
	text := ""
	for _, s := range all {
		if !d.has[s.key] {
			text += s.text
		}
	}
	return text
}

// add appends what the person did not give.
func (d *draft) add(all ...section) { d.added += d.missing(all...) }

// with is the target of the draft with more sections, which the draft does not keep.
func (d *draft) with(all ...section) (*fixtures.Target, error) {
	t, err := fixtures.Parse(d.path, []byte(d.given+d.added+d.missing(all...)), os.LookupEnv)
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
