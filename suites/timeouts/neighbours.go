package timeouts

import (
	"cmp"
	"slices"
	"time"

	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/verdict"
)

// neighboursWithin is how long after the end of a hold that of a neighbour may still be reported, if one event ended both.
const neighboursWithin = 500 * time.Millisecond

// awaitsNeighbours says whether a hold that has ended is not judged yet, because it matters what ended with it.
func (h *tracked) awaitsNeighbours(now int64) bool {
	l := h.cell.Plan.Limit
	return l != nil && l.Kind == record.Max && now < max(h.Released, h.WorkerFreed)+int64(neighboursWithin)
}

// neighbours are the holds of the pod's other cells.
func (t *tracker) neighbours(cell *plan.Cell) []verdict.Neighbour {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []verdict.Neighbour
	for _, h := range t.holds {
		if h.cell != cell {
			all = append(all, verdict.Neighbour{Plan: h.cell.Plan, Hold: h.judged()})
		}
	}
	slices.SortFunc(all, func(a, b verdict.Neighbour) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// neighbour says whether a hold is a neighbour, of which nothing is said.
func (t *tracker) neighbour(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := t.holds[id]
	return h != nil && h.neighbour
}
