package verdict

import (
	"fmt"
	"slices"
	"strings"

	"stalemate/reports/record"
)

// Cell judges a cell by all of its holds. It fills everything but Waiver and Took.
func Cell(plan record.Plan, holds []Hold) record.Judgement {
	j := record.Judgement{Expect: plan.Expect}
	if len(holds) == 0 {
		j.Verdict, j.Status, j.Message = record.Inconclusive, record.Unknown, "inconclusive: no hold of this cell was opened"
		return j
	}
	ones := make([]one, len(holds))
	for i, h := range holds {
		ones[i] = judgeHold(plan.Stage, plan.Limit, h)
		j.Measured = append(j.Measured, round(ones[i].took))
		if !streamAlone(plan.Stage, h.By) {
			j.Workers = append(j.Workers, round(ones[i].worker))
		}
		j.By = append(j.By, ones[i].by)
	}
	j.Verdict = together(ones)
	if plan.Limit == nil && plan.Expect == record.AsDeclared && j.Verdict == record.Never {
		j.Verdict = record.AsDeclared
	}
	j.Status = status(plan, j.Verdict)
	if plan.Bound != nil && j.Status == record.Passed && j.Verdict == record.Fired {
		if late, is := beyond(plan, holds, j); is {
			return late
		}
	}
	if j.Status == record.Failed {
		j.Severity = severity(plan, j)
	}
	j.Message = message(plan, j, ones)
	return j
}

// beyond judges a cell that did what its file says against the policy's bound, which is lower.
func beyond(plan record.Plan, holds []Hold, j record.Judgement) (record.Judgement, bool) {
	own := plan.Limit
	plan.Limit, plan.Bound = plan.Bound, nil
	ones := make([]one, len(holds))
	for i, h := range holds {
		ones[i] = judgeHold(plan.Stage, plan.Limit, h)
	}
	if together(ones) == record.Fired {
		return j, false
	}
	j.Verdict, j.Status = record.Late, record.Failed
	j.Severity = severity(plan, j)
	j.Message = message(plan, j, ones) + "; the file's own limit is " + Limit(own)
	return j, true
}

// together is the verdict of all repeats. A hold that proves nothing makes the
// cell inconclusive; holds that prove different things make it unstable.
func together(ones []one) record.Verdict {
	seen := map[record.Verdict]bool{}
	for _, o := range ones {
		seen[o.verdict] = true
	}
	switch {
	case len(seen) == 1:
		return ones[0].verdict
	case seen[record.Inconclusive]:
		return record.Inconclusive
	}
	return record.Unstable
}

// status says what a verdict means where another was expected. Inconclusive is never green.
func status(plan record.Plan, v record.Verdict) record.Status {
	switch v {
	case record.Inconclusive:
		return record.Unknown
	case record.NotRun, record.NotApplicable:
		if plan.Canary {
			return record.Unknown
		}
		return record.Skipped
	}
	switch {
	case v == plan.Expect:
		return record.Passed
	case plan.Canary:
		return record.Unknown // what must be caught was not: the run proves nothing
	}
	return record.Failed
}

// severity ranks a failure as DESIGN's words do.
func severity(plan record.Plan, j record.Judgement) record.Severity {
	body := plan.Stage == "http.body" || plan.Stage == "http.chunk" || plan.Stage == "h2.body"
	switch {
	case j.Verdict == record.Never, j.Verdict == record.LateWorker, j.Verdict == record.Unstable:
		return record.High // a conversation may be before authentication as well
	case j.Verdict == record.Late && plan.Limit != nil && slices.Max(j.Measured) > 2*plan.Limit.Seconds:
		return record.Medium
	case j.Verdict == record.Early && body:
		return record.Medium
	}
	return record.Low
}

// message is one line: the verdict, measured, expected, and the directive.
func message(plan record.Plan, j record.Judgement, ones []one) string {
	b := &strings.Builder{}
	fmt.Fprintf(b, "%s: measured %s", j.Verdict, measured(ones))
	fmt.Fprintf(b, "; expected %s", expected(plan))
	if why := reasons(ones); why != "" {
		fmt.Fprintf(b, "; %s", why)
	}
	return b.String()
}

func measured(ones []one) string {
	parts := make([]string, len(ones))
	for i, o := range ones {
		switch {
		case o.took >= 0:
			parts[i] = fmt.Sprintf("%s by %s", seconds(o.took), o.by)
		case o.verdict == record.Never, o.verdict == record.AsDeclared:
			parts[i] = "no release"
		default:
			parts[i] = "nothing"
		}
	}
	return strings.Join(parts, ", ")
}

func expected(plan record.Plan) string {
	if plan.Limit == nil {
		return fmt.Sprintf("no release up to the cap of %g s (declared: %s)", plan.Cap, plan.Reason)
	}
	text := Limit(plan.Limit)
	if plan.Expect != record.Fired && plan.Limit.Kind != record.AtLeast {
		text = fmt.Sprintf("%s, where the limit would be %s", plan.Expect, text)
		if plan.Reason != "" {
			text += " (" + plan.Reason + ")"
		}
	}
	return text
}

// Limit is a limit as a person reads it: "3 s idle -0.25/+0.5 s (KeepAliveTimeout)".
func Limit(l *record.Limit) string {
	by := l.By
	if by == "" {
		by = "no directive named"
	}
	if l.Kind == record.AtLeast {
		return fmt.Sprintf("no release before %g s, -%.3g s (%s)", l.Seconds, l.TooEarly, by)
	}
	if l.Kind == record.Max {
		return fmt.Sprintf("at most %g s, +%.3g s (%s)", l.Seconds, l.Granularity+l.TooLate, by)
	}
	return fmt.Sprintf("%g s %s, -%.3g/+%.3g s (%s)", l.Seconds, l.Kind, l.TooEarly, l.Granularity+l.TooLate, by)
}

func reasons(ones []one) string {
	var all []string
	for _, o := range ones {
		if o.why != "" && !slices.Contains(all, o.why) {
			all = append(all, o.why)
		}
	}
	return strings.Join(all, "; ")
}

func round(s float64) float64 {
	if s < 0 {
		return -1
	}
	return float64(int64(s*1000+0.5)) / 1000
}
