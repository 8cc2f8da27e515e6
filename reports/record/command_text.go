package record

import (
	"fmt"
	"strings"
)

// Place is the line of the target file that the cell is about: "edge/target.yaml:12"; "" without a file.
func (p Plan) Place() string {
	if p.File == "" || p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// Again is the command that repeats one cell; "" for a canary, which every run has and no file of the user's.
func (c *Cell) Again() string {
	if c.Plan.Canary {
		return ""
	}
	text := "stalemate check"
	if c.Plan.File != "" {
		text += " -f " + ShellWord(c.Plan.File)
	}
	for _, word := range c.Plan.Overrides {
		text += " " + ShellWord(word)
	}
	return text + " --only " + ShellWord(c.Address)
}

// ShellWord quotes s for a shell where it must be.
func ShellWord(s string) string {
	plain := s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+:@=%,", r))
	}) < 0
	if plain {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
