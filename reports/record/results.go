package record

import "strings"

// Result is one cell of a run, or one compared cell, as reports for CI show it.
type Result struct {
	Address  string // with the target's name
	Suite    string // timeouts, startup, ..., upgrade
	Target   string
	Word     string // the verdict or the outcome; "not judged" without one
	Severity Severity
	Status   Status
	Below    bool   // worse, by less than the run's FailOn: it does not make the run fail
	Message  string // one line, without Word
	File     string // the target file
	Line     int    // of that file; 0: not known
	Took     float64
	Again    string // the command that repeats it
}

// Results are the cells that decide a run, in the order of the plan: the compared ones of a comparison, else all but the canaries.
func (s Summary) Results() []Result {
	var all []Result
	if s.Comparison != nil {
		places := s.candidatePlans()
		for _, c := range s.Comparison.Cells {
			name := s.Comparison.Candidate.Target
			r := Result{Address: name + "/" + c.Cell, Suite: UpgradeSuite, Target: name, Word: string(c.Outcome), Severity: c.Severity,
				Status: c.Status(), Below: c.Below, Message: c.Message(), File: s.Comparison.Candidate.File, Line: places[c.Cell].Line,
				Took: c.Candidate.Longest, Again: s.Comparison.Candidate.Again(c.Cell)}
			if c.Below {
				r.Status = Failed
			}
			all = append(all, r)
		}
		return all
	}
	for _, c := range s.Cells() {
		if c.Plan.Canary {
			continue
		}
		r := Result{Address: c.Address, Suite: c.Plan.Suite, Target: c.Target, Word: "not judged", Status: c.Status, Below: c.Below,
			Message: c.Reason(), File: c.Plan.File, Line: c.Plan.Line, Took: c.Took(), Again: c.Again()}
		if c.Judgement != nil {
			r.Word, r.Severity = string(c.Judgement.Verdict), c.Judgement.Severity
			if c.Judgement.Waiver != "" && c.Status == Skipped {
				r.Word, r.Message = "waived", strings.TrimPrefix(c.SkippedText(), "waived: ")
			}
		}
		all = append(all, r)
	}
	return all
}

// candidatePlans are the plans of the candidate's cells, by their addresses without the target.
func (s Summary) candidatePlans() map[string]Plan {
	plans := map[string]Plan{}
	for _, c := range s.Cells() {
		if c.Plan.Side == Candidate {
			plans[c.Within()] = c.Plan
		}
	}
	return plans
}

// Fails says whether the result makes the run fail.
func (r Result) Fails() bool { return r.Status == Failed && !r.Below }

// Label is the verdict with its severity: "never, high".
func (r Result) Label() string {
	if r.Severity == "" {
		return r.Word
	}
	return r.Word + ", " + string(r.Severity)
}

// Totals count results. Each result is in one of the first five.
type Totals struct {
	Passed       int
	Failed       int // make the run fail
	Below        int // failed by less than FailOn
	Inconclusive int
	Skipped      int
	All          int
}

// Totals counts the run's results.
func (s Summary) Totals() Totals {
	var t Totals
	for _, r := range s.Results() {
		t.All++
		switch {
		case r.Below:
			t.Below++
		case r.Status == Passed:
			t.Passed++
		case r.Status == Failed:
			t.Failed++
		case r.Status == Skipped:
			t.Skipped++
		default:
			t.Inconclusive++
		}
	}
	return t
}
