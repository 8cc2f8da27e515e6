package record

import (
	"fmt"
	"slices"
)

// Outcome is what became of one cell between two builds of one server.
type Outcome string

// The outcomes, in the order in which reports count them.
const (
	OutcomeSame          Outcome = "same"
	OutcomeFixed         Outcome = "fixed"
	OutcomeRegressed     Outcome = "regressed"
	OutcomeChanged       Outcome = "changed" // released at another time, or wrong in another way
	OutcomeWaived        Outcome = "waived"  // worse, and a waiver accepts that
	OutcomeInconclusive  Outcome = "inconclusive"
	OutcomeNotApplicable Outcome = "n/a"
)

// Outcomes are all of them, in the order in which reports count them.
func Outcomes() []Outcome {
	return []Outcome{OutcomeSame, OutcomeFixed, OutcomeRegressed, OutcomeChanged, OutcomeWaived, OutcomeInconclusive, OutcomeNotApplicable}
}

func (o Outcome) known() bool { return slices.Contains(Outcomes(), o) }

// Worse says whether such a cell can make the run fail.
func (o Outcome) Worse() bool { return o == OutcomeRegressed || o == OutcomeChanged }

// Compared is the outcome of one cell. Times are seconds.
type Compared struct {
	Cell      string       `json:"cell"` // its address without the target's name
	Outcome   Outcome      `json:"kind"`
	Severity  Severity     `json:"severity,omitempty"` // of regressed, changed and waived
	Limit     *Limit       `json:"limit,omitempty"`    // the candidate's, else the baseline's
	Baseline  Measurements `json:"baseline"`
	Candidate Measurements `json:"candidate"`
	Allowed   float64      `json:"allowed_seconds,omitempty"` // by how much the medians may differ; 0 where times were not compared
	Why       string       `json:"why,omitempty"`             // of an inconclusive one
	Below     bool         `json:"below_fail_on,omitempty"`   // worse, by less than the run's FailOn
}

// Measurements are what one build showed in one cell, over all repeats, in numbers and in words.
type Measurements struct {
	Times    []float64 `json:"measured_seconds,omitempty"` // of the holds that were released, in the order of the repeats
	Median   float64   `json:"median_seconds,omitempty"`
	Spread   float64   `json:"spread_seconds,omitempty"`  // the longest less the shortest
	Longest  float64   `json:"longest_seconds,omitempty"` // of any hold, up to the cap where it was open then
	Open     int       `json:"open,omitempty"`            // holds that were not released up to the cap
	Verdicts []Verdict `json:"verdicts,omitempty"`        // one for each repeat that was judged
	Repeats  int       `json:"repeats"`
	Owners   []int     `json:"owners,omitempty"` // processes that still owned an open hold at the end
	Evidence []string  `json:"evidence,omitempty"`
	Text     string    `json:"text"` // all of it in one line
}

// Times is the comparison of the medians: "75.0s -> 65.0s (spread 0.1s; allowed 7.5s)".
func (c Compared) Times() string {
	return fmt.Sprintf("%.1fs -> %.1fs (spread %.1fs; allowed %.1fs)", c.Baseline.Median, c.Candidate.Median,
		max(c.Baseline.Spread, c.Candidate.Spread), c.Allowed)
}

// Message is the cell in one line.
func (c Compared) Message() string {
	switch {
	case c.Outcome == OutcomeInconclusive:
		return c.Why
	case c.Outcome == OutcomeChanged && c.Allowed > 0:
		return c.Times()
	}
	return c.Baseline.Text + " -> " + c.Candidate.Text
}

// Word is the outcome with its severity: "regressed high".
func (c Compared) Word() string {
	if c.Severity == "" {
		return string(c.Outcome)
	}
	return string(c.Outcome) + " " + string(c.Severity)
}

// Fails says whether the cell makes the run fail.
func (c Compared) Fails() bool { return c.Outcome.Worse() && !c.Below }

// Status is what the outcome means for the run.
func (c Compared) Status() Status {
	switch {
	case c.Fails():
		return Failed
	case c.Outcome == OutcomeInconclusive, !c.Outcome.known():
		return Unknown
	case c.Outcome == OutcomeNotApplicable, c.Outcome == OutcomeWaived:
		return Skipped
	}
	return Passed
}
