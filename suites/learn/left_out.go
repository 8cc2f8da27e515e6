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

// conversation is the stage of the catalogue that stands for those of a file's own, which always have a name.
const conversation = "conversation"

// unmeasured names the stages that some listener's protocol has, and of which nothing was learnt.
func unmeasured(found []finding) []string {
	var listed, asked []string
	for _, stage := range attackers.Stages() {
		held := slices.ContainsFunc(found, func(f finding) bool { return f.cell.Stage.Name == stage.Name })
		fits := slices.ContainsFunc(found, func(f finding) bool { return has(f.cell.Listener.Proto, stage) })
		switch {
		case held || !fits || stage.Name == conversation:
		case stage.Name == "http.body" || stage.Name == "http.response":
			asked = append(asked, stage.Name)
		default:
			listed = append(listed, stage.Name)
		}
	}
	var lines []string
	if len(listed) > 0 {
		lines = append(lines, "Not measured: "+strings.Join(listed, ", ")+". They are held only where a listener lists them under `stages`.")
	}
	if len(asked) > 0 {
		lines = append(lines, "Not measured: "+strings.Join(asked, ", ")+". They are held only where request has body and large.")
	}
	return lines
}

// has says whether a listener of that protocol can be held at a stage.
func has(proto string, stage attackers.StageInfo) bool {
	overTLS, http := proto == "https" || proto == "tls", proto == "https" || proto == "http"
	if strings.HasPrefix(stage.Name, "h2.") {
		return proto == "https"
	}
	return (overTLS || !stage.NeedsTLS) && (http || !stage.NeedsHTTP)
}
