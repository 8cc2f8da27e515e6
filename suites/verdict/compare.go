package verdict

import (
	"slices"

	"stalemate/reports/record"
)

// By how much times must differ before that counts.
const (
	LeastSeconds = 1.0 // seconds; or
	LeastShare   = 0.1 // of the baseline's median; or
	SpreadFactor = 3.0 // times the larger of the two spreads: the largest of the three
	// LeastBreach is by how much a time must differ, in addition to three spreads, where every
	// repeat of one side meets its limit and none of the other does. Seconds.
	LeastBreach = 0.25
)

// Compare judges one cell of two builds by all repeats of both. A cell that breaks its limit in the same way in both
// builds is the same. A cell that got worse by less than failOn is below it.
func Compare(name string, baseline, candidate []*record.Cell, failOn record.Severity) record.Compared {
	c := pair{baseline: newSample(baseline), candidate: newSample(candidate)}
	out := record.Compared{Cell: name, Limit: c.limit(), Baseline: c.baseline.measurements(), Candidate: c.candidate.measurements()}
	before, why := c.baseline.settle()
	if why != "" {
		out.Outcome, out.Why = record.OutcomeInconclusive, "baseline: "+why
		return out
	}
	after, why := c.candidate.settle()
	if why != "" {
		out.Outcome, out.Why = record.OutcomeInconclusive, "candidate: "+why
		return out
	}
	out.Outcome, out.Allowed = c.outcome(before, after)
	switch out.Outcome {
	case record.OutcomeRegressed:
		out.Severity = severityOf(c.candidate, after)
	case record.OutcomeChanged:
		out.Severity = record.Low
	default:
		return out
	}
	if slices.ContainsFunc(candidate, waived) {
		out.Outcome = record.OutcomeWaived
		return out
	}
	out.Below = out.Severity.Below(failOn)
	return out
}

// Unsettled says whether more repeats can settle the cell: its repeats disagree or some have no verdict, and both
// sides have some verdict.
func Unsettled(baseline, candidate []*record.Cell) bool {
	before, after := newSample(baseline), newSample(candidate)
	return (before.unsettled() || after.unsettled()) && before.told() && after.told()
}

// NotWorse says whether the candidate was compared, and is not worse than the baseline by the severity that counts or more.
func NotWorse(c record.Compared) bool { return c.Status() == record.Passed }

// pair is one cell in both builds.
type pair struct{ baseline, candidate sample }

func waived(cell *record.Cell) bool {
	return cell.Judgement != nil && cell.Judgement.Waiver != "" && cell.Status == record.Skipped
}

// limit is the candidate's, else the baseline's.
func (c pair) limit() *record.Limit {
	if p := c.candidate.plan(); p.Suite != "" {
		return p.Limit
	}
	return c.baseline.plan().Limit
}

// outcome compares how the two builds ended. allowed is by how much their times may differ, 0 where it compared none.
func (c pair) outcome(before, after end) (outcome record.Outcome, allowed float64) {
	starting := map[end]int{endStarts: 1, endSlow: 2, endDegraded: 3, endRefuses: 4}
	switch {
	case before == endAbsent && after == endAbsent:
		return record.OutcomeNotApplicable, 0
	case before == endAbsent && after.bad() && !c.candidate.meets():
		return record.OutcomeRegressed, 0 // the upgrade brings a failure that the baseline could not have
	case before == endAbsent || after == endAbsent:
		return record.OutcomeChanged, 0
	case after == endCrashed && before != endCrashed:
		return record.OutcomeRegressed, 0
	case starting[after] > starting[before]:
		return record.OutcomeRegressed, 0
	case starting[after] < starting[before]:
		return record.OutcomeFixed, 0
	case before == after && (after == endReleased || after == endKept):
		return c.times()
	case before == after:
		return record.OutcomeSame, 0
	case before == endReleased:
		return record.OutcomeRegressed, 0 // now the hold stays open, or its worker is not freed
	case after == endReleased && (unlimited(c.candidate.plan()) || c.candidate.meets()):
		return record.OutcomeFixed, 0 // nothing ended it, or its worker was not freed; whatever the file declares
	}
	return record.OutcomeChanged, 0 // wrong in both, in another way
}

// unlimited says whether the file knows of nothing that ends such a hold.
func unlimited(p record.Plan) bool { return p.Limit == nil || p.Limit.Kind == record.AtLeast }

// times compares when the holds were released.
func (c pair) times() (outcome record.Outcome, allowed float64) {
	median, spread := c.baseline.median(), max(c.baseline.spread(), c.candidate.spread())
	allowed = max(LeastSeconds, LeastShare*median, SpreadFactor*spread)
	difference := c.candidate.median() - median
	if difference < 0 {
		difference = -difference
	}
	met, meets := c.baseline.meets(), c.candidate.meets()
	breach := c.baseline.repeats() == c.baseline.passing() && c.candidate.passing() == 0 ||
		c.baseline.passing() == 0 && c.candidate.repeats() == c.candidate.passing()
	switch {
	case difference <= allowed && !(breach && difference > max(LeastBreach, SpreadFactor*spread)):
		return record.OutcomeSame, allowed
	case met && !meets:
		return record.OutcomeRegressed, allowed
	case !met && meets:
		return record.OutcomeFixed, allowed
	}
	return record.OutcomeChanged, allowed
}

// severityOf is the worst that the judgements say, or what the outcome is worth.
func severityOf(s sample, after end) record.Severity {
	if after == endRefuses {
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
	case after == endOpen, after == endKept, after == endCrashed, after == endDegraded:
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
