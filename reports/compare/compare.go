// Package compare tells what differs between two builds of one server, from the
// log of a run that held both at the same time, or from that and a saved log.
package compare

import (
	"slices"

	"stalemate/reports/record"
)

// Kind is what became of a cell.
type Kind string

// The kinds, in the order in which they are counted.
const (
	Same          Kind = "same"
	Fixed         Kind = "fixed"
	Regressed     Kind = "regressed"
	Changed       Kind = "changed" // released at another time, or wrong in another way
	Waived        Kind = "waived"  // worse, and a waiver says why that may be
	Inconclusive  Kind = "inconclusive"
	NotApplicable Kind = "n/a"
)

// Kinds are all of them, in the order in which they are counted.
func Kinds() []Kind {
	return []Kind{Same, Fixed, Regressed, Changed, Waived, Inconclusive, NotApplicable}
}

// Cell is the comparison of one cell. Times are seconds.
type Cell struct {
	Name      string          `json:"cell"` // its address without the target's name
	Kind      Kind            `json:"kind"`
	Severity  record.Severity `json:"severity,omitempty"` // of regressed, changed and waived
	Baseline  Sample          `json:"baseline"`
	Candidate Sample          `json:"candidate"`
	Allowed   float64         `json:"allowed_seconds,omitempty"` // by how much the medians may differ; 0 where times were not compared
	Why       string          `json:"why,omitempty"`             // of an inconclusive one
}

// Comparison is the whole of it, as every report shows it.
type Comparison struct {
	Run       string            `json:"run"`
	Version   string            `json:"version"`
	Command   string            `json:"command"`
	UnixTime  int64             `json:"unix_time"`
	Engine    map[string]string `json:"engine,omitempty"`
	Versions  map[string]string `json:"versions,omitempty"`
	Wall      float64           `json:"wall_seconds"`
	FailOn    record.Severity   `json:"fail_on,omitempty"` // "": any
	Baseline  Side              `json:"baseline"`
	Candidate Side              `json:"candidate"`
	Cells     []Cell            `json:"cells"`
	Notices   []string          `json:"notices,omitempty"`
	Problems  []string          `json:"problems,omitempty"` // what keeps it from being green, beside its cells
}

// compare compares cell by cell, in the order of the candidate's plan; what only the baseline had comes last.
func compare(baseline, candidate Side) []Cell {
	before, missing := baseline.samples()
	after, names := candidate.samples()
	for _, name := range missing {
		if after[name] == nil {
			names = append(names, name)
		}
	}
	cells := []Cell{}
	for _, name := range names {
		cell := Cell{Name: name}
		if before[name] != nil {
			cell.Baseline = *before[name]
		}
		if after[name] != nil {
			cell.Candidate = *after[name]
		}
		cell.judge()
		cells = append(cells, cell)
	}
	return cells
}

// Count counts the cells of each kind.
func (c Comparison) Count() map[Kind]int {
	count := map[Kind]int{}
	for _, cell := range c.Cells {
		count[cell.Kind]++
	}
	return count
}

// Fails tells whether a cell makes the run fail: it got worse by the severity asked for, or more.
func (c Comparison) Fails(cell Cell) bool {
	worse := cell.Kind == Regressed || cell.Kind == Changed
	return worse && (c.FailOn == "" || rank(cell.Severity) <= rank(c.FailOn))
}

// Exit is the exit status: 1 when a cell fails; else 3 when one is inconclusive,
// none was compared, or the run has a problem of its own; else 0.
func (c Comparison) Exit() int {
	count := c.Count()
	switch {
	case slices.ContainsFunc(c.Cells, c.Fails):
		return record.ExitFailed
	case count[Inconclusive] > 0 || len(c.Problems) > 0 || count[NotApplicable] == len(c.Cells):
		return record.ExitInconclusive
	}
	return record.ExitOK
}

// Word is the exit status as one word: PASS, FAIL or INCONCLUSIVE.
func (c Comparison) Word() string {
	return map[int]string{record.ExitOK: "PASS", record.ExitFailed: "FAIL", record.ExitInconclusive: "INCONCLUSIVE"}[c.Exit()]
}

// Unsettled names the cells whose repeats disagree or did not all tell something,
// while both sides told something: more repeats can settle those.
func (c Comparison) Unsettled() []string {
	var names []string
	for _, cell := range c.Cells {
		if cell.Baseline.unsettled() || cell.Candidate.unsettled() {
			if cell.Baseline.told() && cell.Candidate.told() {
				names = append(names, cell.Name)
			}
		}
	}
	return names
}
