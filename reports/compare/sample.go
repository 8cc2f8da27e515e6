package compare

import (
	"fmt"
	"slices"
	"strings"

	"stalemate/reports/record"
)

// Sample is what one build showed in one cell, over all repeats. Times are seconds.
type Sample struct {
	Times    []float64        `json:"measured_seconds,omitempty"` // of the holds that were released, in the order of the repeats
	Open     int              `json:"open,omitempty"`             // holds that were not, up to the cap
	Verdicts []record.Verdict `json:"verdicts,omitempty"`         // one for each repeat
	Repeats  int              `json:"repeats"`
	Owners   []int            `json:"owners,omitempty"` // processes that still owned an open hold at the end
	Evidence []string         `json:"evidence,omitempty"`

	cells []*record.Cell
	ends  []end // one for each repeat
}

// end is how a repeat came out, where two times in seconds do not count as two outcomes.
type end string

const (
	untold   end = "no verdict"
	absent   end = "not there"
	open     end = "open"
	released end = "released"
	kept     end = "worker kept"
	mixed    end = "unstable"
	starts   end = "starts"
	degraded end = "degraded"
	refuses  end = "refuses"
)

// bad says whether a server that comes out so is stuck, or does not come back whole.
func (e end) bad() bool {
	switch e {
	case open, kept, degraded, refuses:
		return true
	}
	return false
}

// endOf reads the outcome of one repeat from its judgement, whatever its file expects.
func endOf(cell *record.Cell) end {
	j := cell.Judgement
	if j == nil {
		return untold
	}
	switch j.Verdict {
	case record.NotApplicable, record.NotRun:
		return absent
	case record.Starts:
		return starts
	case record.Degraded:
		return degraded
	case record.Refuses:
		return refuses
	case record.Never, record.AsDeclared:
		return open
	case record.Fired, record.Early, record.Late:
		return released
	case record.LateWorker:
		return kept
	case record.Unstable:
		return mixed
	}
	return untold
}

func (s *Sample) add(cell *record.Cell) {
	s.Repeats++
	s.cells = append(s.cells, cell)
	ended := endOf(cell)
	s.ends = append(s.ends, ended)
	if cell.Judgement == nil {
		return
	}
	s.Verdicts = append(s.Verdicts, cell.Judgement.Verdict)
	for _, line := range cell.Judgement.Evidence {
		if !slices.Contains(s.Evidence, line) {
			s.Evidence = append(s.Evidence, line)
		}
	}
	if ended == untold {
		return
	}
	for _, value := range cell.Judgement.Measured {
		if value < 0 {
			s.Open++
		} else {
			s.Times = append(s.Times, value)
		}
	}
	for _, hold := range cell.Holds {
		if ended == open && hold.PID != 0 {
			s.Owners = append(s.Owners, hold.PID)
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

// Longest is how long its longest hold lasted, up to the cap where it was open then; 0 without any.
func (s Sample) Longest() float64 {
	longest := 0.0
	for _, cell := range s.cells {
		longest = max(longest, cell.Took())
	}
	return longest
}

// told says whether any repeat told something.
func (s Sample) told() bool {
	return slices.ContainsFunc(s.ends, func(e end) bool { return e != untold })
}

// unsettled says whether the repeats disagree, or some told nothing.
func (s Sample) unsettled() bool {
	return slices.ContainsFunc(s.ends, func(e end) bool { return e == untold || e == mixed || e != s.ends[0] })
}

// settle gives the one outcome of all repeats, or says why there is none. A repeat
// that told nothing (its pod did not come up, its hold was not proven) is left out
// as long as more told something: it says nothing of the server.
func (s Sample) settle() (end, string) {
	count := map[end]int{}
	var order []end
	for _, e := range s.ends {
		if count[e]++; count[e] == 1 && e != untold {
			order = append(order, e)
		}
	}
	switch {
	case s.Repeats == 0:
		return "", "it does not have this cell"
	case 2*count[untold] >= s.Repeats:
		return "", fmt.Sprintf("%d of %d repeats without a verdict: %s", count[untold], s.Repeats, s.firstDoubt())
	case len(order) > 1:
		parts := make([]string, len(order))
		for i, e := range order {
			parts[i] = fmt.Sprintf("%s (%d)", e, count[e])
		}
		return "", "repeats disagree: " + strings.Join(parts, ", ")
	case order[0] == mixed:
		return "", "holds of one repeat disagree"
	}
	return order[0], ""
}

func (s Sample) firstDoubt() string {
	for i, e := range s.ends {
		if e == untold {
			return s.cells[i].Message()
		}
	}
	return ""
}

// passing counts the repeats that met what their file expects. A waiver meets nothing.
func (s Sample) passing() int {
	n := 0
	for _, cell := range s.cells {
		if cell.Status == record.Passed {
			n++
		}
	}
	return n
}

// meets tells whether most repeats that told something met what their file expects.
func (s Sample) meets() bool {
	n := 0
	for _, e := range s.ends {
		if e != untold {
			n++
		}
	}
	return 2*s.passing() > n
}

// plan is the cell's plan.
func (s Sample) plan() record.Plan {
	if len(s.cells) == 0 {
		return record.Plan{}
	}
	return s.cells[0].Plan
}
