package timeouts

import (
	"slices"
	"time"

	"stalemate/containers/autopsy"
	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/verdict"
)

// judge gives a cell its verdict.
func (h *holding) judge(cell *plan.Cell) {
	holds, found := h.tracker.of(cell)
	served, neighbours := h.tracker.servedAtOnce(), h.tracker.neighbours(cell)
	for i, one := range holds {
		holds[i].Capacity = served
		if !h.Unit.Warm {
			holds[i].Company, holds[i].Freed = h.tracker.company(one)
		}
		holds[i].With = verdict.EndedWith(cell.Plan, one, neighbours)
		holds[i].Stalls = h.Stalls(one.Connected, max(one.Released, one.WorkerFreed, one.Watched))
	}
	j := verdict.Cell(cell.Plan, holds)
	if j.Verdict == record.Never && cell.Plan.Limit != nil {
		verdict.AddAutopsies(&j, demanded(cell), found)
	}
	if cell.Plan.Expect == record.Crashed {
		verdict.AddCrashes(&j, cell.Plan, cell.Rule.Evidence, holds)
	}
	h.addLog(&j)
	h.passers.said(&j)
	j.Took = took(holds)
	undecided := verdict.Retry(cell.Plan, holds) || causeUnknown(holds, found)
	again := j.Verdict == record.Inconclusive && undecided && h.retry(cell, holds)
	if again {
		h.Emit(record.Event{Kind: record.Observed, Cell: cell.Address, Note: "held again: " + j.Message})
	}
	switch {
	case cell == h.Unit.Inspect:
		h.last, h.lastAgain = &j, again // after the inspection that it is to answer for
	case !again:
		h.decide(cell, j)
	}
}

// retry plans one more attempt of a cell. A hold in mode later is held again in this pod, where its predecessors were.
func (h *holding) retry(cell *plan.Cell, holds []verdict.Hold) bool {
	switch {
	case cell.Mode == record.Later:
	case verdict.Crowded(cell.Plan, holds):
		return h.RetryWarm(cell)
	default:
		return h.Retry(cell)
	}
	if !h.RetryInPod(cell) {
		return false
	}
	h.again = append(h.again, cell)
	return true
}

// causeUnknown says whether a look into the processes came too late to tell why they kept a cell's holds, or not at all.
func causeUnknown(holds []verdict.Hold, found []*record.Autopsy) bool {
	kept := 0
	for _, h := range holds {
		if h.Proven != 0 && h.Released == 0 && h.WorkerFreed == 0 {
			kept++
		}
	}
	return kept == len(holds) && len(found) < kept ||
		slices.ContainsFunc(found, func(a *record.Autopsy) bool { return a.Class == string(autopsy.Unknown) })
}

// took is how long the longest of a cell's holds was parked, in seconds. A connection that the stage does not hold was not.
func took(holds []verdict.Hold) float64 {
	longest := 0.0
	for _, h := range holds {
		if end := max(h.Released, h.Watched); h.Parked != 0 && end != 0 && h.NotApplicable == "" {
			if h.Released != 0 {
				end = h.Released
			}
			longest = max(longest, time.Duration(end-h.Parked).Seconds())
		}
	}
	return longest
}
