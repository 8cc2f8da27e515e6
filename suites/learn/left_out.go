package learn

import (
	"fmt"
	"slices"
	"strings"

	"stalemate/attackers/stages"
)

// leaveOut returns, for each listener with a stage that cannot be held, the stages that can, and says why. A cell that
// cannot be proven would make every run inconclusive. A stage that was held only to see whether the server offers it is left
// out without a word if it does not.
func leaveOut(found []finding, offered map[string][]string) (kept map[string][]string, why []string) {
	kept = map[string][]string{}
	bad, partly := map[string]bool{}, map[string]bool{}
	for _, f := range found {
		key := f.cell.Listener.Name + "/" + f.cell.Stage.Name
		offers := len(offered[f.cell.Listener.Name]) > 0 && f.cell.Stage.Presence == stages.WhereListed
		switch {
		case offers && f.outcome == notApplicable:
		case f.outcome == unknown && !bad[key]:
			why = append(why, fmt.Sprintf("Left out: %s: %s.", key, f.why))
		default:
			continue
		}
		bad[key], partly[f.cell.Listener.Name] = true, true
	}
	for name := range offered {
		partly[name] = true
	}
	for i, f := range found {
		if bad[f.cell.Listener.Name+"/"+f.cell.Stage.Name] && f.outcome != notApplicable {
			found[i].outcome = unknown // a stage is left out in both modes
		}
	}
	for _, f := range found {
		name, stage := f.cell.Listener.Name, f.cell.Stage.Name
		if _, ours := stages.Named(stage); !ours || !partly[name] || bad[name+"/"+stage] || slices.Contains(kept[name], stage) {
			continue
		}
		kept[name] = append(kept[name], stage)
	}
	return kept, why
}

// unmeasured names the stages of the listeners' protocols that were not held.
func unmeasured(found []finding) []string {
	var listed, asked []string
	for _, stage := range stages.All() {
		held := slices.ContainsFunc(found, func(f finding) bool { return f.cell.Stage.Name == stage.Name })
		fits := slices.ContainsFunc(found, func(f finding) bool { return slices.Contains(stage.Protocols, f.cell.Listener.Proto) })
		switch {
		case held || !fits || stage.Presence == stages.WhereDescribed:
		case stage.Needs != stages.AnyPath:
			asked = append(asked, stage.Name)
		default:
			listed = append(listed, stage.Name)
		}
	}
	var lines []string
	if len(listed) > 0 {
		lines = append(lines, "Not measured: "+strings.Join(listed, ", ")+". To hold them, list them under `stages` of a listener.")
	}
	if len(asked) > 0 {
		lines = append(lines, "Not measured: "+strings.Join(asked, ", ")+". To hold them, give request body and large.")
	}
	return lines
}
