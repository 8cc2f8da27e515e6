package verdict

import (
	"fmt"
	"slices"
	"strings"

	"stalemate/reports/record"
)

// Scenario judges a scenario by all of its judged steps. It fills everything but Waiver and Took. A failure
// counts even if later steps have no verdict: of a server that is down, they often cannot have one.
func Scenario(plan record.Plan, starts []Start) record.Judgement {
	j := record.Judgement{Expect: plan.Expect, Verdict: plan.Expect}
	if len(starts) == 0 {
		return unknown(j, "stalemate judged no start of this scenario")
	}
	counts := map[record.Verdict]int{}
	var first *Start
	why := ""
	for i := range starts {
		s := &starts[i]
		if first != nil && s.Unproven+s.NotRun != "" {
			j.Evidence = append(j.Evidence, fmt.Sprintf("after the failure: %s: %s%s", s.What, s.Unproven, s.NotRun))
			continue
		}
		if s.Unproven != "" {
			return unknown(j, s.What+": "+s.Unproven)
		}
		if s.NotRun != "" {
			j.Verdict, j.Status, j.Message = record.NotRun, record.Skipped, fmt.Sprintf("not-run: %s: %s", s.What, s.NotRun)
			return j
		}
		if s.Expect != "" {
			counts[s.Seen()]++
		}
		if bad := s.wrong(); bad != "" && first == nil {
			first, why = s, bad
		}
	}
	tally := Tally(counts)
	if first == nil {
		j.Status = record.Passed
		j.Message = fmt.Sprintf("%s: %s, as expected (%s)", j.Verdict, tally, plan.Reason)
		return j
	}
	if first.First && first.Expect == record.Starts && first.Seen() != record.Late && first.InImage == "" {
		return unknown(j, "the first start does not serve, although nothing was left behind before it: "+why)
	}
	j.Status = record.Failed
	if first.Expect != "" || first.Overdue != "" {
		j.Verdict = first.Seen()
	}
	if first.InImage != "" {
		why = fmt.Sprintf("the first start of a fresh container: %s; the image itself holds what is in the way: %s; "+
			"a fresh container without it serves", why, first.InImage)
	}
	j.Severity = startSeverity(first.Expect, j.Verdict)
	j.Message = fmt.Sprintf("%s: %s; %s", j.Verdict, why, tally)
	return j
}

// AsControl judges a scenario as the control of another. The control shows which starts serve. A stop that took too long, and
// was ended by a kill, does not change that.
func AsControl(plan record.Plan, starts []Start) record.Judgement {
	return Scenario(plan, slices.DeleteFunc(slices.Clone(starts), func(s Start) bool { return s.Overdue != "" }))
}

// CutShort is the judgement of a scenario that could not be carried out to its end: the failure that was seen before,
// else unjudged, which is inconclusive.
func CutShort(seen, unjudged record.Judgement) record.Judgement {
	if seen.Status != record.Failed {
		return unjudged
	}
	seen.Evidence = append(seen.Evidence, "after the failure: "+unjudged.Message)
	return seen
}

// Tally is how many starts have each verdict: "1 starts, 3 refuses".
func Tally(counts map[record.Verdict]int) string {
	var parts []string
	for _, v := range []record.Verdict{record.Starts, record.Late, record.Degraded, record.Refuses} {
		if counts[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[v], v))
		}
	}
	return strings.Join(parts, ", ")
}

func unknown(j record.Judgement, why string) record.Judgement {
	j.Verdict, j.Status, j.Message = record.Inconclusive, record.Unknown, "inconclusive: "+why
	return j
}

// startSeverity ranks a start that is not as expected. One that is better than a known-bad one must be is a change, no more.
func startSeverity(expect, seen record.Verdict) record.Severity {
	rank := map[record.Verdict]int{record.Starts: 0, record.Late: 1, record.Degraded: 2, record.Refuses: 3}
	switch {
	case rank[seen] <= rank[expect]:
		return record.Low
	case seen == record.Refuses:
		return record.Critical
	case seen == record.Late:
		return record.Medium
	}
	return record.High
}

// WithControl takes the judgement of a scenario's control into account: if the control is not as expected, the
// scenario proves nothing. found is false if the control is not in the run.
func WithControl(j record.Judgement, address string, control record.Judgement, found bool) record.Judgement {
	switch {
	case !found && j.Status == record.Passed:
		j.Verdict, j.Status = record.Inconclusive, record.Unknown
		j.Message = fmt.Sprintf("inconclusive: %s; without it: %s", absent(address), j.Message)
	case !found:
		j.Evidence = append(j.Evidence, absent(address))
	case control.Status == record.Passed || j.Status != record.Passed:
	case control.Verdict == record.NotRun:
		j.Verdict, j.Status = record.NotRun, record.Skipped
		j.Message = fmt.Sprintf("not-run: the control %s did not run: %s; without it: %s", address, control.Message, j.Message)
	default:
		j.Verdict, j.Status = record.Inconclusive, record.Unknown
		j.Message = fmt.Sprintf("inconclusive: the control %s is not as expected (%s); without it: %s", address, control.Verdict, j.Message)
	}
	return j
}
