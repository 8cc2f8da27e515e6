// Package compare tells what differs between two builds of one server, from the
// summaries of repeated runs of the same target file against both.
package compare

import (
	"fmt"
	"slices"
	"strings"

	"stalemate/reports/record"
)

// Kind is what became of a cell.
type Kind string

// The kinds, in the order in which they are counted.
const (
	Same          Kind = "same"
	Fixed         Kind = "fixed"
	Regressed     Kind = "regressed"
	Changed       Kind = "changed" // passes in both, at another time; or fails in another way
	Waived        Kind = "waived"  // worse, and a waiver says why that may be
	Inconclusive  Kind = "inconclusive"
	NotApplicable Kind = "n/a"
)

// Side is one of the two builds: all runs of one target.
type Side struct {
	Target string
	Runs   []record.Summary
}

// Cell is the comparison of one cell. Times are seconds.
type Cell struct {
	Name      string // listener, stage and mode
	Kind      Kind
	Severity  record.Severity // of regressed and changed
	Baseline  Sample
	Candidate Sample
	Allowed   float64 // by how much the medians may differ; 0 where times were not compared
	Why       string  // of an inconclusive one
}

// Sample is what one build showed in one cell, over all repeats.
type Sample struct {
	Cells    []*record.Cell
	Times    []float64 // of the holds that were released
	Open     int       // holds that were not
	Verdicts []record.Verdict
}

// The least by which a time must differ before it counts as changed.
const (
	LeastSeconds = 1.0 // seconds
	LeastShare   = 0.1 // of the baseline's median
	SpreadFactor = 3.0 // times the larger of the two spreads
)

// Compare compares cell by cell, in the order of the baseline's plan.
func Compare(baseline, candidate Side) []Cell {
	before, names := baseline.samples()
	after, more := candidate.samples()
	for _, name := range more {
		if before[name] == nil {
			names = append(names, name)
		}
	}
	var out []Cell
	for _, name := range names {
		cell := Cell{Name: name}
		if before[name] != nil {
			cell.Baseline = *before[name]
		}
		if after[name] != nil {
			cell.Candidate = *after[name]
		}
		cell.judge(len(baseline.Runs), len(candidate.Runs))
		out = append(out, cell)
	}
	return out
}

// samples collects the cells of a side by name.
func (s Side) samples() (map[string]*Sample, []string) {
	all := map[string]*Sample{}
	var names []string
	for _, run := range s.Runs {
		for _, cell := range run.Cells() {
			if cell.Target != s.Target || cell.Plan.Canary {
				continue
			}
			name := strings.TrimPrefix(cell.Address, cell.Target+"/")
			if all[name] == nil {
				all[name] = &Sample{}
				names = append(names, name)
			}
			all[name].add(cell)
		}
	}
	return all, names
}

func (s *Sample) add(cell *record.Cell) {
	s.Cells = append(s.Cells, cell)
	if cell.Judgement == nil {
		return
	}
	s.Verdicts = append(s.Verdicts, cell.Judgement.Verdict)
	for _, value := range cell.Judgement.Measured {
		if value < 0 {
			s.Open++
		} else {
			s.Times = append(s.Times, value)
		}
	}
}

// Median of the times; 0 without any.
func (s Sample) Median() float64 {
	if len(s.Times) == 0 {
		return 0
	}
	times := slices.Sorted(slices.Values(s.Times))
	if n := len(times); n%2 == 0 {
		return (times[n/2-1] + times[n/2]) / 2
	}
	return times[len(times)/2]
}

// Spread is the longest less the shortest time.
func (s Sample) Spread() float64 {
	if len(s.Times) == 0 {
		return 0
	}
	return slices.Max(s.Times) - slices.Min(s.Times)
}

// doubt says why a sample allows no comparison, or "".
func (s Sample) doubt(runs int) string {
	if len(s.Cells) != runs || runs == 0 {
		return fmt.Sprintf("planned in %d of %d runs", len(s.Cells), runs)
	}
	for _, cell := range s.Cells {
		if cell.Status == record.Unknown || cell.Judgement == nil {
			return cell.Message()
		}
	}
	for _, verdict := range s.Verdicts {
		if verdict != s.Verdicts[0] {
			return fmt.Sprintf("repeats disagree: %s and %s", s.Verdicts[0], verdict)
		}
	}
	if s.Open > 0 && len(s.Times) > 0 {
		return fmt.Sprintf("repeats disagree: %d released, %d open", len(s.Times), s.Open)
	}
	return ""
}

func (s Sample) absent() bool {
	return s.Verdicts[0] == record.NotApplicable || s.Verdicts[0] == record.NotRun
}

// passes tells whether the target file's expectation was met; a waiver meets nothing.
func (s Sample) passes() bool { return s.Cells[0].Status == record.Passed }

func (c *Cell) judge(baseline, candidate int) {
	before, after := c.Baseline, c.Candidate
	if why := before.doubt(baseline); why != "" {
		c.Kind, c.Why = Inconclusive, "baseline: "+why
		return
	}
	if why := after.doubt(candidate); why != "" {
		c.Kind, c.Why = Inconclusive, "candidate: "+why
		return
	}
	unbounded := before.Cells[0].Plan.Limit == nil && before.Cells[0].Plan.Scenario == ""
	switch {
	case before.absent() && after.absent():
		c.Kind = NotApplicable
	case before.absent() || after.absent():
		c.Kind = Changed
	case unbounded && before.Open > 0 && after.Open == 0:
		c.Kind = Fixed // nothing ended it, now something does, whatever the file declares
	case unbounded && before.Open == 0 && after.Open > 0:
		c.Kind = Regressed
	case before.passes() && !after.passes():
		c.Kind = Regressed
	case !before.passes() && after.passes():
		c.Kind = Fixed
	case before.Verdicts[0] != after.Verdicts[0]:
		c.Kind = Changed
	default:
		c.Kind = c.times()
	}
	switch c.Kind {
	case Regressed:
		c.Severity = severityOf(after)
	case Changed:
		c.Severity = record.Low
	default:
		return
	}
	if judgement := after.Cells[0].Judgement; judgement.Waiver != "" && after.Cells[0].Status == record.Skipped {
		c.Kind = Waived
	}
}

// times compares when the holds were released.
func (c *Cell) times() Kind {
	if len(c.Baseline.Times) == 0 || len(c.Candidate.Times) == 0 {
		return Same
	}
	median := c.Baseline.Median()
	c.Allowed = max(LeastSeconds, LeastShare*median, SpreadFactor*max(c.Baseline.Spread(), c.Candidate.Spread()))
	difference := c.Candidate.Median() - median
	if difference > c.Allowed || -difference > c.Allowed {
		return Changed
	}
	return Same
}

// severityOf is the worst that the judgements say, or what the verdict is worth.
func severityOf(s Sample) record.Severity {
	worst := record.Severity("")
	for _, cell := range s.Cells {
		if own := cell.Judgement.Severity; rank(own) < rank(worst) {
			worst = own
		}
	}
	if worst != "" {
		return worst
	}
	switch s.Verdicts[0] {
	case record.Refuses:
		return record.Critical
	case record.Never, record.LateWorker, record.AsDeclared:
		return record.High
	}
	return record.Medium
}

// rank orders severities, the worst first.
func rank(s record.Severity) int {
	if at := slices.Index([]record.Severity{record.Critical, record.High, record.Medium, record.Low}, s); at >= 0 {
		return at
	}
	return 4
}

// Exit is the exit status: 1 when something got worse by failOn or more; else 3
// when a cell is inconclusive, none was compared, or a run has a problem; else 0.
func Exit(cells []Cell, failOn record.Severity, baseline, candidate Side) int {
	doubt, compared := false, 0
	for _, cell := range cells {
		worse := cell.Kind == Regressed || cell.Kind == Changed
		if worse && rank(cell.Severity) <= rank(failOn) {
			return record.ExitFailed
		}
		doubt = doubt || cell.Kind == Inconclusive
		if cell.Kind != Inconclusive && cell.Kind != NotApplicable {
			compared++
		}
	}
	for _, side := range []Side{baseline, candidate} {
		for _, run := range side.Runs {
			doubt = doubt || len(run.Problems) > 0
		}
	}
	if doubt || compared == 0 {
		return record.ExitInconclusive
	}
	return record.ExitOK
}

// Disagreeing names the cells whose repeats disagree: the harness repeats those.
func Disagreeing(cells []Cell) []string {
	var names []string
	for _, cell := range cells {
		if cell.Kind == Inconclusive && strings.Contains(cell.Why, "repeats disagree") {
			names = append(names, cell.Name)
		}
	}
	return names
}
