package learn

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"stalemate/fixtures/target"
)

// draft is an unfinished target file: the text of the partial file, and what stalemate found out for the keys that it
// does not have.
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

// begin makes the first draft: the partial file if there is one, else a file with only a name and an image.
func begin(o Options) (*draft, error) {
	d := &draft{path: "target.yaml", out: "target.yaml", has: map[string]bool{}, hide: Mask(nil)}
	if o.Output != "" {
		d.out = o.Output
	}
	name, image := "", o.Image
	if o.Partial != "" {
		partial, err := target.LoadPartial(o.Partial)
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
		return nil, fmt.Errorf("%s has image or build, and the command line names an image: remove one", o.Partial)
	case o.Image == "" && !d.has["image"] && !d.has["build"]:
		return nil, errors.New("no image: name one, or give -f with a file that has image or build")
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

// take adds a partial file to the draft.
func (d *draft) take(partial *target.Partial, o Options) error {
	keys := partial.Keys()
	for _, key := range []string{"limits", "canary", "reviewed"} {
		if slices.Contains(keys, key) {
			return fmt.Errorf("%s: remove %q: learn writes it", o.Partial, key)
		}
	}
	if slices.Contains(keys, "prepare") {
		return fmt.Errorf(`%s: remove "prepare": learn cannot use it. Add it to the file that learn writes`, o.Partial)
	}
	// learn gives the listeners their names, so nothing can refer to them yet.
	for _, path := range [][]string{{"exhaustion"}, {"ready", "listener"}} {
		if partial.Value(path...) != nil && !slices.Contains(keys, "listeners") {
			return fmt.Errorf("%s: %s names a listener, but the file has no listeners: add them, or remove it", o.Partial, strings.Join(path, "."))
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

// missing is the text of the sections that the partial file does not have.
func (d *draft) missing(all ...section) string {
	text := ""
	for _, s := range all {
		if !d.has[s.key] {
			text += s.text
		}
	}
	return text
}

// add appends the sections that the partial file does not have.
func (d *draft) add(all ...section) { d.added += d.missing(all...) }

// with is the target of the draft with more sections, which the draft does not keep.
func (d *draft) with(all ...section) (*target.Target, error) {
	t, err := target.Parse(d.path, []byte(d.given+d.added+d.missing(all...)), os.LookupEnv)
	if err != nil {
		return nil, fmt.Errorf("draft a target file for %s: %w", d.name, err)
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
