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
		j.Verdict, j.Status, j.Message = record.Inconclusive, record.Unknown, "inconclusive: stalemate opened no connection for this cell"
		return j
	}
	judged := make([]judgedHold, len(holds))
	for i, h := range holds {
		judged[i] = judgeHold(plan.Stage, plan.Limit, h)
		judged[i].result.EndedWith = h.With
		j.Holds = append(j.Holds, judged[i].result)
	}
	j.Verdict = together(judged)
	if plan.Limit == nil && plan.Expect == record.AsDeclared && j.Verdict == record.Never && !waited(judged) {
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
	j.Because = reasons(judged)
	j.Message = message(plan, j, judged)
	return j
}

// beyond judges a cell that met its file's limit by the policy's bound, which is lower.
func beyond(plan record.Plan, holds []Hold, j record.Judgement) (record.Judgement, bool) {
	own := plan.Limit
	plan.Limit, plan.Bound = plan.Bound, nil
	judged := make([]judgedHold, len(holds))
	for i, h := range holds {
		judged[i] = judgeHold(plan.Stage, plan.Limit, h)
	}
	if together(judged) == record.Fired {
		return j, false
	}
	j.Verdict, j.Status = record.Late, record.Failed
	j.Severity, j.Because = severity(plan, j), reasons(judged)
	j.Message = message(plan, j, judged) + "; the target file's limit is " + Limit(own)
	return j, true
}

// waited says whether a hold waited for the server.
func waited(judged []judgedHold) bool {
	return slices.ContainsFunc(judged, func(o judgedHold) bool { return o.waited })
}

// together is the verdict of all repeats. One crash is enough: whoever sees it needs no second. Else a hold that proves nothing
// makes the cell inconclusive; holds that prove different things make it unstable. Holds that waited for the server, because it
// serves only so many at a time, are as bad as the worst of them: others that were served do not make that unstable.
func together(judged []judgedHold) record.Verdict {
	seen, waited := map[record.Verdict]bool{}, map[record.Verdict]bool{}
	for _, o := range judged {
		seen[o.verdict] = true
		if o.waited {
			waited[o.verdict] = true
		}
	}
	if seen[record.Crashed] {
		return record.Crashed
	}
	for _, worst := range []record.Verdict{record.Never, record.Late} {
		if waited[worst] {
			return worst
		}
	}
	switch {
	case len(seen) == 1:
		return judged[0].verdict
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

// severity ranks a failure, see [record.Severity].
func severity(plan record.Plan, j record.Judgement) record.Severity {
	body := plan.Stage == "http.body" || plan.Stage == "http.chunk" || plan.Stage == "h2.body"
	switch {
	case j.Verdict == record.Never, j.Verdict == record.LateWorker, j.Verdict == record.Crashed, j.Verdict == record.Unstable:
		return record.High // a conversation may be before authentication as well
	case j.Verdict == record.Late && plan.Limit != nil && longest(j.Holds) > 2*plan.Limit.Seconds:
		return record.Medium
	case j.Verdict == record.Early && body:
		return record.Medium
	}
	return record.Low
}

// longest is the longest of the holds that were released, in seconds.
func longest(holds []record.HoldResult) float64 {
	most := 0.0
	for _, h := range holds {
		if h.Released != nil {
			most = max(most, *h.Released)
		}
	}
	return most
}

// message is one line: the verdict, measured, expected, and the directive.
func message(plan record.Plan, j record.Judgement, judged []judgedHold) string {
	if j.Verdict == record.NotApplicable && j.Because != "" {
		return fmt.Sprintf("%s: %s", j.Verdict, j.Because) // nothing was held, so nothing was measured
	}
	b := &strings.Builder{}
	fmt.Fprintf(b, "%s: %s", j.Verdict, found(plan, j.Verdict, judged))
	fmt.Fprintf(b, "; expected %s", expected(plan))
	if j.Because != "" {
		fmt.Fprintf(b, "; %s", j.Because)
	}
	return b.String()
}

func expected(plan record.Plan) string {
	if plan.Limit == nil {
		return fmt.Sprintf("no release within %g s (declared: %s)", plan.Cap, plan.Reason)
	}
	text := Limit(plan.Limit)
	if plan.Expect != record.Fired && plan.Limit.Kind != record.AtLeast {
		text = fmt.Sprintf("%s; the limit is %s", plan.Expect, text)
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

// Retry says whether another try may decide a cell that these holds leave inconclusive: stalemate or this machine was late, or
// some of the holds reached the stage and others did not. A busy machine does that.
func Retry(plan record.Plan, holds []Hold) bool {
	failed, chance := 0, false
	for _, h := range holds {
		if h.Failed != "" {
			failed++
		}
		chance = chance || judgeHold(plan.Stage, plan.Limit, h).again
	}
	return chance || failed > 0 && failed < len(holds)
}

// rounded is a time in seconds as reports keep it: to the millisecond.
func rounded(s float64) *float64 {
	ms := float64(int64(s*1000+0.5)) / 1000
	return &ms
}
