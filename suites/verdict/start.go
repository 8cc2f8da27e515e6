package verdict

import (
	"fmt"
	"slices"
	"strings"

	"stalemate/reports/record"
)

// Oracle is what became of one thing that a start must serve.
type Oracle struct {
	Name   string
	OK     bool
	Detail string // why not
	Class  string // of the failure, as a probe sorts it: refused, timeout, ...
}

// Start is one judged step of a scenario: a start, a reload, or something done to
// a running incarnation after which it is looked at again.
type Start struct {
	What     string // "start 3 with PID 4242", "reload"
	First    bool   // nothing of this scenario was there before it
	Expect   record.Verdict
	Dead     []string // oracles that must fail when degraded
	Log      []string // what the log must say since the step began, in this order
	Exit     *int     // the exit status that is asserted
	Unproven string   // why nothing can be said: the PID could not be forced, the death was not proven, ...
	Wrong    string   // something else that is not as expected
	NotRun   string   // the precondition that is not there: a PID beyond pid_max

	Oracles []Oracle
	Alive   bool   // the main process still runs, with the same start time
	Ended   string // how it ended, where it did
	Said    string // the log since the step began
	Status  *int   // the exit status that was seen
}

// Seen is what the start came to. Refuses means that nothing at all is served: where the main process
// is gone and something still answers, that is another fault, and counts as degraded.
func (s Start) Seen() record.Verdict {
	good := 0
	for _, o := range s.Oracles {
		if o.OK {
			good++
		}
	}
	switch {
	case s.Unproven != "":
		return record.Inconclusive
	case s.NotRun != "":
		return record.NotRun
	case good == 0:
		return record.Refuses
	case good < len(s.Oracles) || !s.Alive:
		return record.Degraded
	}
	return record.Starts
}

// wrong says in what a start is not as expected, "" where it is.
func (s Start) wrong() string {
	if s.Wrong != "" {
		return s.What + ": " + s.Wrong
	}
	seen := s.Seen()
	if s.Expect == "" {
		seen = "" // only what else is asserted counts
	}
	if seen != s.Expect {
		return fmt.Sprintf("%s: expected %s, seen %s (%s)", s.What, s.Expect, seen, s.how())
	}
	if seen == record.Degraded && !s.Alive {
		return fmt.Sprintf("%s: %s", s.What, s.how())
	}
	var dead []string
	for _, o := range s.Oracles {
		if !o.OK {
			dead = append(dead, o.Name)
		}
	}
	if seen == record.Degraded && !slices.Equal(slices.Sorted(slices.Values(dead)), slices.Sorted(slices.Values(s.Dead))) {
		return fmt.Sprintf("%s: expected %s to be dead, seen %s", s.What, strings.Join(s.Dead, ", "), strings.Join(dead, ", "))
	}
	if missing := Missing(s.Said, s.Log); missing != "" {
		return fmt.Sprintf("%s: the log does not say %q where it should (in order: %s)", s.What, missing, strings.Join(s.Log, ", "))
	}
	if s.Exit != nil && s.Status == nil {
		return fmt.Sprintf("%s: expected exit status %d, seen none", s.What, *s.Exit)
	}
	if s.Exit != nil && *s.Exit != *s.Status {
		return fmt.Sprintf("%s: expected exit status %d, seen %d", s.What, *s.Exit, *s.Status)
	}
	return ""
}

// how is one line on what was seen.
func (s Start) how() string {
	var parts []string
	if !s.Alive {
		parts = append(parts, "the main process is gone: "+s.Ended)
	}
	var served []string
	for _, o := range s.Oracles {
		if o.OK {
			served = append(served, o.Name)
			continue
		}
		parts = append(parts, fmt.Sprintf("%s: %s", o.Name, o.Detail))
	}
	if !s.Alive && len(served) > 0 {
		parts = append(parts, "something still serves "+strings.Join(served, ", "))
	}
	if len(parts) == 0 {
		return "everything is served"
	}
	return strings.Join(parts, "; ")
}

// Port says what the port did to the oracles that were not served: "connection refused (static, cgi)". "" where all were.
func (s Start) Port() string {
	said := map[string]string{"refused": "connection refused", "timeout": "no answer in time", "reset": "connection reset",
		"eof": "closed without an answer"}
	var order []string
	of := map[string][]string{}
	for _, o := range s.Oracles {
		if o.OK {
			continue
		}
		what := said[o.Class]
		if what == "" {
			what = o.Detail
		}
		if of[what] == nil {
			order = append(order, what)
		}
		of[what] = append(of[what], o.Name)
	}
	for i, what := range order {
		order[i] = fmt.Sprintf("%s (%s)", what, strings.Join(of[what], ", "))
	}
	return strings.Join(order, ", ")
}

// Missing is the first of the texts that does not stand in the log after those before it, "" where all do.
func Missing(log string, texts []string) string {
	for _, text := range texts {
		_, rest, found := strings.Cut(log, text)
		if !found {
			return text
		}
		log = rest
	}
	return ""
}

// Scenario judges a scenario by all of its judged steps. It fills everything but Waiver and Took. A failure
// counts whatever came after it: of a server that is down, what follows often cannot be told.
func Scenario(plan record.Plan, starts []Start) record.Judgement {
	j := record.Judgement{Expect: plan.Expect, Verdict: plan.Expect}
	if len(starts) == 0 {
		return unknown(j, "no start of this scenario was judged")
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
	if first.First && first.Expect == record.Starts {
		return unknown(j, "the first start, before anything was left behind, does not serve: "+why)
	}
	j.Status = record.Failed
	if first.Expect != "" {
		j.Verdict = first.Seen()
	}
	j.Severity = startSeverity(first.Expect, j.Verdict)
	j.Message = fmt.Sprintf("%s: %s; %s", j.Verdict, why, tally)
	return j
}

// CutShort is the judgement of a scenario that could not be carried out to its end: the failure that was seen before, where
// there was one, else that nothing can be told, which is what unjudged says.
func CutShort(seen, unjudged record.Judgement) record.Judgement {
	if seen.Status != record.Failed {
		return unjudged
	}
	seen.Evidence = append(seen.Evidence, "after the failure: "+unjudged.Message)
	return seen
}

// Tally is how many starts came to what: "1 starts, 3 refuses".
func Tally(counts map[record.Verdict]int) string {
	var parts []string
	for _, v := range []record.Verdict{record.Starts, record.Degraded, record.Refuses} {
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
	rank := map[record.Verdict]int{record.Starts: 0, record.Degraded: 1, record.Refuses: 2}
	switch {
	case rank[seen] <= rank[expect]:
		return record.Low
	case seen == record.Refuses:
		return record.Critical
	}
	return record.High
}

// WithControl takes the judgement of a scenario's control into account: where the control is not as expected, the
// scenario proves nothing, whatever it came to. found is false where the control is not in the run.
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
		j.Message = fmt.Sprintf("not-run: its control %s was not: %s; without it: %s", address, control.Message, j.Message)
	default:
		j.Verdict, j.Status = record.Inconclusive, record.Unknown
		j.Message = fmt.Sprintf("inconclusive: the control %s is not as expected (%s); without it: %s", address, control.Verdict, j.Message)
	}
	return j
}
