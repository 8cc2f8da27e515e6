package reaper

import (
	"bytes"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Alive lists the runs whose reaper is still there: every run has one from before
// its first container until all of it is removed. Proc is /proc; runs on other
// machines that share the engine are not seen.
func Alive(proc fs.FS) (map[string]bool, error) {
	entries, err := fs.ReadDir(proc, ".")
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	alive := map[string]bool{}
	for _, entry := range entries {
		if strings.Trim(entry.Name(), "0123456789") != "" {
			continue
		}
		line, err := fs.ReadFile(proc, entry.Name()+"/cmdline")
		if err != nil {
			continue // it has ended meanwhile
		}
		if run := reaps(line); run != "" {
			alive[run] = true
		}
	}
	return alive, nil
}

// reaps gives the run that a command line reaps, or "". Start makes that command line.
func reaps(cmdline []byte) string {
	var words []string
	for word := range bytes.SplitSeq(bytes.TrimRight(cmdline, "\x00"), []byte{0}) {
		words = append(words, string(word))
	}
	i := slices.Index(words, "reap")
	if i < 2 || words[i-1] != "pod" || i+2 >= len(words) || words[i+1] != "--run" {
		return ""
	}
	return words[i+2]
}
