package compare

import (
	"slices"

	"stalemate/reports/record"
)

// By how much times must differ before that counts.
const (
	LeastSeconds = 1.0 // seconds; or
	LeastShare   = 0.1 // of the baseline's median; or
	SpreadFactor = 3.0 // times the larger of the two spreads: the largest of the three
	// LeastBreach is how far a time must have moved, beside three spreads, where every
	// repeat of one side meets its limit and none of the other does. Seconds.
	LeastBreach = 0.25
)

// judge decides what became of the cell. Limits alone decide nothing: a cell that
// breaks its limit on both sides alike is the same.
func (c *Cell) judge() {
	before, why := c.Baseline.settle()
	if why != "" {
		c.Kind, c.Why = Inconclusive, "baseline: "+why
		return
	}
	after, why := c.Candidate.settle()
	if why != "" {
		c.Kind, c.Why = Inconclusive, "candidate: "+why
		return
	}
	c.Kind = c.kind(before, after)
	switch c.Kind {
	case Regressed:
		c.Severity = severityOf(c.Candidate, after)
	case Changed:
		c.Severity = record.Low
	default:
		return
	}
	if slices.ContainsFunc(c.Candidate.cells, waived) {
		c.Kind = Waived
	}
}

func waived(cell *record.Cell) bool {
	return cell.Judgement != nil && cell.Judgement.Waiver != "" && cell.Status == record.Skipped
}

// kind compares two outcomes.
func (c *Cell) kind(before, after end) Kind {
	starting := map[end]int{starts: 1, degraded: 2, refuses: 3}
	switch {
	case before == absent && after == absent:
		return NotApplicable
	case before == absent && after.bad() && !c.Candidate.meets():
		return Regressed // the upgrade brings a failure that was not there to be had before
	case before == absent || after == absent:
		return Changed
	case starting[after] > starting[before]:
		return Regressed
	case starting[after] < starting[before]:
		return Fixed
	case before == after && (after == released || after == kept):
		return c.times()
	case before == after:
		return Same
	case before == released:
		return Regressed // now the hold is open, or its worker is kept
	case after == released && (unlimited(c.Candidate.plan()) || c.Candidate.meets()):
		return Fixed // nothing ended it, or its worker was kept; whatever the file declares
	}
	return Changed // wrong in both, in another way
}

// unlimited says whether the file knows of nothing that ends such a hold.
func unlimited(p record.Plan) bool { return p.Limit == nil || p.Limit.Kind == record.AtLeast }

// times compares when the holds were released.
func (c *Cell) times() Kind {
	median, spread := c.Baseline.Median(), max(c.Baseline.Spread(), c.Candidate.Spread())
	c.Allowed = max(LeastSeconds, LeastShare*median, SpreadFactor*spread)
	difference := c.Candidate.Median() - median
	if difference < 0 {
		difference = -difference
	}
	met, meets := c.Baseline.meets(), c.Candidate.meets()
	breach := c.Baseline.Repeats == c.Baseline.passing() && c.Candidate.passing() == 0 ||
		c.Baseline.passing() == 0 && c.Candidate.Repeats == c.Candidate.passing()
	switch {
	case difference <= c.Allowed && !(breach && difference > max(LeastBreach, SpreadFactor*spread)):
		return Same
	case met && !meets:
		return Regressed
	case !met && meets:
		return Fixed
	}
	return Changed
}

// severityOf is the worst that the judgements say, or what the outcome is worth.
func severityOf(s Sample, after end) record.Severity {
	if after == refuses {
		return record.Critical
	}
	worst := record.Severity("")
	for _, cell := range s.cells {
		if cell.Judgement != nil && rank(cell.Judgement.Severity) < rank(worst) {
			worst = cell.Judgement.Severity
		}
	}
	switch {
	case worst != "":
		return worst
	case after == open, after == kept, after == degraded:
		return record.High
	}
	return record.Medium
}

// rank orders severities, the worst first.
func rank(s record.Severity) int {
	if at := slices.Index(record.Severities(), s); at >= 0 {
		return at
	}
	return len(record.Severities())
}
