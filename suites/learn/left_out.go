package learn

import (
	"fmt"
	"slices"
	"strings"

	"stalemate/attackers"
)

// leaveOut gives the stages of those listeners that cannot be held at all of
// theirs, and says why: a cell that is known to prove nothing would make every run inconclusive.
func leaveOut(found []finding) (kept map[string][]string, why []string) {
	kept = map[string][]string{}
	bad := map[string]bool{}
	for _, f := range found {
		if f.outcome == unknown {
			key := f.cell.Listener.Name + "/" + f.cell.Stage.Name
			if !bad[key] {
				why = append(why, fmt.Sprintf("Left out: %s: %s.", key, f.why))
			}
			bad[key] = true
		}
	}
	for i, f := range found {
		if bad[f.cell.Listener.Name+"/"+f.cell.Stage.Name] {
			found[i].outcome = unknown // a stage is left out in both modes
		}
	}
	partly := map[string]bool{}
	for key := range bad {
		name, _, _ := strings.Cut(key, "/")
		partly[name] = true
	}
	for _, f := range found {
		name, stage := f.cell.Listener.Name, f.cell.Stage.Name
		if _, ours := attackers.Stage(stage); !ours || !partly[name] || bad[name+"/"+stage] || slices.Contains(kept[name], stage) {
			continue
		}
		kept[name] = append(kept[name], stage)
	}
	return kept, why
}
