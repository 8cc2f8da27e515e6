package verdict

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"stalemate/reports/record"
)

// sample is what one build showed in one cell.
type sample struct {
	cells    []*record.Cell // one for each repeat
	ends     []end          // one for each repeat
	verdicts []record.Verdict
	times    []float64 // seconds, of the holds that were released
	open     int       // holds that were not released up to the cap
	owners   []int     // processes that still owned an open hold at the end
	evidence []string
}

func newSample(cells []*record.Cell) sample {
	s := sample{cells: cells}
	for _, cell := range cells {
		s.add(cell)
	}
	return s
}

// end is how a repeat came out, where two times in seconds do not count as two outcomes.
type end string

const (
	endUntold   end = "no verdict"
	endAbsent   end = "not there"
	endOpen     end = "open"
	endReleased end = "released"
	endKept     end = "worker kept"
	endCrashed  end = "crashed"
	endMixed    end = "unstable"
	endStarts   end = "starts"
	endSlow     end = "starts late"
	endDegraded end = "degraded"
	endRefuses  end = "refuses"
)

// bad says whether the server is stuck, or does not start completely.
func (e end) bad() bool {
	switch e {
	case endOpen, endKept, endCrashed, endSlow, endDegraded, endRefuses:
		return true
	}
	return false
}

// endOf reads the outcome of one repeat from its judgement. It does not depend on what the file expects.
func endOf(cell *record.Cell) end {
	j := cell.Judgement
	if j == nil {
		return endUntold
	}
	if j.Verdict == record.Late && ofStart(cell.Plan.Expect) {
		return endSlow
	}
	switch j.Verdict {
	case record.NotApplicable, record.NotRun:
		return endAbsent
	case record.Starts:
		return endStarts
	case record.Degraded:
		return endDegraded
	case record.Refuses:
		return endRefuses
	case record.Never, record.AsDeclared:
		return endOpen
	case record.Fired, record.Early, record.Late:
		return endReleased
	case record.LateWorker:
		return endKept
	case record.Crashed:
		return endCrashed
	case record.Unstable:
		return endMixed
	}
	return endUntold
}

// ofStart says whether a verdict is one of a start, and not of a hold.
func ofStart(v record.Verdict) bool {
	return slices.Contains([]record.Verdict{record.Starts, record.Degraded, record.Refuses}, v)
}

func (s *sample) add(cell *record.Cell) {
	ended := endOf(cell)
	s.ends = append(s.ends, ended)
	if cell.Judgement == nil {
		return
	}
	s.verdicts = append(s.verdicts, cell.Judgement.Verdict)
	for _, line := range cell.Judgement.Evidence {
		if !slices.Contains(s.evidence, line) {
			s.evidence = append(s.evidence, line)
		}
	}
	if ended == endUntold {
		return
	}
	for _, hold := range cell.Judgement.Holds {
		if hold.Released == nil {
			s.open++
		} else {
			s.times = append(s.times, *hold.Released)
		}
	}
	for _, hold := range cell.Holds {
		if ended == endOpen && hold.PID != 0 {
			s.owners = append(s.owners, hold.PID)
		}
	}
}

// measurements are the sample as the log has it.
func (s sample) measurements() record.Measurements {
	return record.Measurements{Times: s.times, Median: milliseconds(s.median()), Spread: milliseconds(s.spread()), Longest: milliseconds(s.longest()), Open: s.open,
		Verdicts: s.verdicts, Repeats: s.repeats(), Owners: s.owners, Evidence: s.evidence, Text: s.text()}
}

func (s sample) repeats() int { return len(s.cells) }

// median of the times; 0 without any.
func (s sample) median() float64 {
	if len(s.times) == 0 {
		return 0
	}
	times := slices.Sorted(slices.Values(s.times))
	if n := len(times); n%2 == 0 {
		return (times[n/2-1] + times[n/2]) / 2
	}
	return times[len(times)/2]
}

// spread is the longest less the shortest time.
func (s sample) spread() float64 {
	if len(s.times) == 0 {
		return 0
	}
	return slices.Max(s.times) - slices.Min(s.times)
}

// longest is how long its longest hold lasted, up to the cap where it was open then; 0 without any.
func (s sample) longest() float64 {
	longest := 0.0
	for _, cell := range s.cells {
		longest = max(longest, cell.Took())
	}
	return longest
}

// told says whether any repeat has a verdict.
func (s sample) told() bool {
	return slices.ContainsFunc(s.ends, func(e end) bool { return e != endUntold })
}

// unsettled says whether the repeats disagree, or some have no verdict.
func (s sample) unsettled() bool {
	return slices.ContainsFunc(s.ends, func(e end) bool { return e == endUntold || e == endMixed || e != s.ends[0] })
}

// settle gives the one outcome of all repeats, or says why there is none. A repeat
// without a verdict (its pod did not start, its hold was not proven) says nothing of the server.
// It is left out while most repeats have a verdict.
func (s sample) settle() (ended end, why string) {
	count := map[end]int{}
	var order []end
	for _, e := range s.ends {
		if count[e]++; count[e] == 1 && e != endUntold {
			order = append(order, e)
		}
	}
	switch {
	case s.repeats() == 0:
		return "", "it does not have this cell"
	case 2*count[endUntold] >= s.repeats():
		return "", fmt.Sprintf("%d of %d repeats have no verdict: %s", count[endUntold], s.repeats(), s.firstDoubt())
	case len(order) > 1:
		parts := make([]string, len(order))
		for i, e := range order {
			parts[i] = fmt.Sprintf("%s (%d)", e, count[e])
		}
		return "", "repeats disagree: " + strings.Join(parts, ", ")
	case order[0] == endMixed:
		return "", "the holds of one repeat disagree"
	}
	return order[0], ""
}

func (s sample) firstDoubt() string {
	for i, e := range s.ends {
		if e == endUntold {
			return s.cells[i].Message()
		}
	}
	return ""
}

// passing counts the repeats that met what their file expects. A waiver meets nothing.
func (s sample) passing() int {
	n := 0
	for _, cell := range s.cells {
		if cell.Status == record.Passed {
			n++
		}
	}
	return n
}

// meets says whether most repeats with a verdict met what their file expects.
func (s sample) meets() bool {
	n := 0
	for _, e := range s.ends {
		if e != endUntold {
			n++
		}
	}
	return 2*s.passing() > n
}

// plan is the cell's plan.
func (s sample) plan() record.Plan {
	if len(s.cells) == 0 {
		return record.Plan{}
	}
	return s.cells[0].Plan
}

// milliseconds rounds seconds to three places, as far as they mean anything.
func milliseconds(seconds float64) float64 { return math.Round(seconds*1000) / 1000 }
