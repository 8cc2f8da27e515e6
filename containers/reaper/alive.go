package reaper

import (
	"slices"

	"stalemate/containers/proc"
)

// Alive lists the ids of the runs whose reaper is alive. A run has a reaper from before its first container until
// everything is removed. root is /proc. Runs that other machines have on the same engine are not seen.
func Alive(root string) (map[string]bool, error) {
	pids, err := proc.PIDs(root)
	if err != nil {
		return nil, err
	}
	alive := map[string]bool{}
	for _, pid := range pids {
		words, err := proc.CommandLine(root, pid)
		if err != nil {
			continue // the process has ended since
		}
		if run := runOf(words); run != "" {
			alive[run] = true
		}
	}
	return alive, nil
}

// runOf is the run that a reaper's command line names, or "". Start writes that command line.
func runOf(words []string) string {
	i := slices.Index(words, "reap")
	if i < 2 || words[i-1] != "pod" || i+2 >= len(words) || words[i+1] != "--run" {
		return ""
	}
	return words[i+2]
}
