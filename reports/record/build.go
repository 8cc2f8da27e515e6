package record

import "strings"

// Build is one of the two builds of a comparison.
type Build struct {
	Side      Side     `json:"side"`
	Target    string   `json:"target"` // its name in its file
	File      string   `json:"file,omitempty"`
	Images    []Image  `json:"images,omitempty"`
	Overrides []string `json:"overrides,omitempty"` // flags that changed the target's file
	Saved     string   `json:"saved_run,omitempty"` // the earlier run that it is from
	Problems  []string `json:"problems,omitempty"`  // of that run: what kept it from being green, in addition to its cells
}

// Exact names an image by digest where it has one.
func (i Image) Exact() string {
	if i.Digest == "" {
		return i.Ref
	}
	return i.Repository() + "@" + i.Digest
}

// Repository is the image's reference without tag and digest.
func (i Image) Repository() string {
	name, _, _ := strings.Cut(i.Ref, "@")
	if colon := strings.LastIndexByte(name, ':'); colon > strings.LastIndexByte(name, '/') {
		name = name[:colon]
	}
	return name
}

// Again is the command that holds one cell of this build.
func (b Build) Again(cell string) string {
	text := "stalemate check -f " + ShellWord(b.File)
	for i, word := range b.Overrides {
		if i > 0 && b.Overrides[i-1] == "--image" && len(b.Images) > 0 {
			word = b.Images[0].Exact()
		}
		text += " " + ShellWord(word)
	}
	return text + " --only " + ShellWord(b.Target+"/"+cell)
}
