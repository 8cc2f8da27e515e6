package verdict

import (
	"fmt"
	"slices"
	"strings"

	"stalemate/reports/record"
)

// found is what a message says was measured. A connection that stays open is only known not to end within the cap: the server may
// close it later, as one with a timeout of 60 s does under a policy of 30 s.
func found(plan record.Plan, v record.Verdict, judged []judgedHold) string {
	released := slices.ContainsFunc(judged, func(o judgedHold) bool { return o.result.Released != nil })
	if v == record.Never && plan.Cap > 0 && !released {
		return fmt.Sprintf("not released within the cap of %.3g s", plan.Cap)
	}
	return "measured " + measured(judged)
}

// measured is what was measured of the holds, in words.
func measured(judged []judgedHold) string {
	parts := make([]string, len(judged))
	for i, o := range judged {
		switch {
		case o.result.Released != nil:
			parts[i] = fmt.Sprintf("%s by %s", seconds(o.took), o.result.ReleasedBy())
		case o.verdict == record.Never, o.verdict == record.AsDeclared:
			parts[i] = "no release"
		default:
			parts[i] = "nothing"
		}
	}
	if len(parts) > mostListed {
		return summed(judged)
	}
	return strings.Join(parts, ", ")
}

// mostListed is how many holds a message lists one by one.
const mostListed = 6

// summed says how many holds were released how, and the shortest and the longest time of each kind.
func summed(judged []judgedHold) string {
	type group struct {
		count       int
		least, most float64
	}
	groups := map[string]*group{}
	var order []string
	for _, o := range judged {
		how := "not measured"
		switch {
		case o.result.Released != nil:
			how = "by " + o.result.ReleasedBy()
		case o.verdict == record.Never, o.verdict == record.AsDeclared:
			how = "no release"
		}
		if groups[how] == nil {
			groups[how] = &group{least: o.took}
			order = append(order, how)
		}
		g := groups[how]
		g.count, g.least, g.most = g.count+1, min(g.least, o.took), max(g.most, o.took)
	}
	parts := make([]string, len(order))
	for i, how := range order {
		g := groups[how]
		parts[i] = fmt.Sprintf("%d times %s", g.count, how)
		if strings.HasPrefix(how, "by ") {
			parts[i] = fmt.Sprintf("%d times %s to %s %s", g.count, seconds(g.least), seconds(g.most), how)
		}
	}
	return strings.Join(parts, ", ")
}

// reasons joins why the holds are judged as they are.
func reasons(judged []judgedHold) string {
	var all []string
	for _, o := range judged {
		if o.why != "" && !slices.Contains(all, o.why) {
			all = append(all, o.why)
		}
	}
	if more := len(all) - mostListed; more > 0 {
		all = append(all[:mostListed:mostListed], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(all, "; ")
}
