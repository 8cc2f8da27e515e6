package html

import (
	_ "embed"
	"slices"

	"stalemate/reports/record"
)

//go:embed comparison.html
var comparisonPage string

type comparisonView struct {
	record.Summary
	frame
	Below    string // what got worse and does not count
	Chips    []count
	Rows     []comparedRow // the worst first
	Glossary []entry
}

// comparedRow is a compared cell and the picture of both builds.
type comparedRow struct {
	record.Compared
	Pair *pair
}

func newComparison(s record.Summary) comparisonView {
	v := comparisonView{Summary: s, frame: newFrame(), Below: s.BelowFailOn(), Glossary: glossary(s)}
	for _, outcome := range record.Outcomes() {
		if n := s.Comparison.Count()[outcome]; n > 0 {
			v.Chips = append(v.Chips, count{Name: string(outcome), Class: outcomeClass(outcome), N: n})
		}
	}
	for _, c := range s.Comparison.Cells {
		v.Rows = append(v.Rows, comparedRow{c, pairOf(c)})
	}
	slices.SortStableFunc(v.Rows, func(a, b comparedRow) int { return comparedWeight(a.Compared) - comparedWeight(b.Compared) })
	return v
}

// comparedWeight orders the cells: what makes the run fail, what is inconclusive, what got worse and does not count, and the rest.
func comparedWeight(c record.Compared) int {
	switch {
	case c.Fails():
		return slices.Index(record.Severities(), c.Severity)
	case c.Outcome == record.OutcomeInconclusive:
		return 10
	case c.Below:
		return 20
	}
	return 30 + slices.Index([]record.Outcome{record.OutcomeWaived, record.OutcomeFixed, record.OutcomeChanged, record.OutcomeSame, record.OutcomeNotApplicable}, c.Outcome)
}

func outcomeClass(outcome record.Outcome) string {
	switch outcome {
	case record.OutcomeRegressed:
		return "failed"
	case record.OutcomeChanged:
		return "declared"
	case record.OutcomeInconclusive:
		return "inconclusive"
	case record.OutcomeNotApplicable, record.OutcomeWaived:
		return "skipped"
	}
	return "passed"
}

// pair is both builds of a cell on one scale: a dot for each release, and a line up to the cap for each hold that stayed open.
type pair struct {
	Sides []pairSide
	Limit *float64
	Tick  string // the right end of the scale
}

type pairSide struct {
	Name string
	Y    float64
	Dots []float64
	Open string // path; "" where every hold was released
}

func pairOf(c record.Compared) *pair {
	end := max(c.Baseline.Longest, c.Candidate.Longest)
	if c.Limit != nil {
		end = max(end, c.Limit.Seconds*1.1)
	}
	if end <= 0 || len(c.Baseline.Times)+len(c.Candidate.Times)+c.Baseline.Open+c.Candidate.Open == 0 {
		return nil
	}
	x := func(at float64) float64 { return 70 + at*200/end }
	p := &pair{Tick: number(end)}
	for i, side := range []record.Measurements{c.Baseline, c.Candidate} {
		one := pairSide{Name: []string{"baseline", "candidate"}[i], Y: 10 + float64(i)*14}
		for _, at := range side.Times {
			one.Dots = append(one.Dots, x(at))
		}
		if side.Open > 0 {
			one.Open = "M70 " + short(one.Y) + "H" + short(x(side.Longest))
		}
		p.Sides = append(p.Sides, one)
	}
	if c.Limit != nil {
		at := x(c.Limit.Seconds)
		p.Limit = &at
	}
	return p
}
