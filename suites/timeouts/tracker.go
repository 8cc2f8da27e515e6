package timeouts

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"stalemate/reports/record"
	"stalemate/reports/record/wire"
	"stalemate/suites/plan"
	"stalemate/suites/verdict"
)

// settling is how long after the server's socket went the peer's own account of
// it may still arrive: two processes tell of one event.
const settling = time.Second

// tracker keeps what both ends told of the holds of one pod.
type tracker struct {
	mu    sync.Mutex
	holds map[string]*tracked
	skew  int64              // from our monotonic clock to the pod's; only a remote engine has one
	main  *record.ProcessEnd // how the target's main process ended; nil: it lives
	among map[int]bool       // the workers that a proven hold must have met; nil: any
}

type tracked struct {
	verdict.Hold
	cell      *plan.Cell
	neighbour bool   // it is held for another cell, and nothing is said of it
	closed    bool   // nothing more can change it
	lost      string // why it could not be watched to its end
	autopsy   *record.Autopsy
	examined  bool // its autopsy has come, or why there is none

	keeperAsked bool // who keeps its socket
}

func newTracker(holds []wire.Hold, cells, neighbours []*plan.Cell) *tracker {
	t := &tracker{holds: map[string]*tracked{}}
	byAddress := map[string]*plan.Cell{}
	for _, c := range slices.Concat(cells, neighbours) {
		byAddress[c.Address] = c
	}
	for _, h := range holds {
		one := newTracked(h.ID, byAddress[h.Cell])
		one.neighbour = slices.Contains(neighbours, one.cell)
		t.holds[h.ID] = one
	}
	return t
}

// add follows one more hold, which belongs to no repeat of a cell.
func (t *tracker) add(id string, cell *plan.Cell) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.holds[id] = newTracked(id, cell)
}

func newTracked(id string, cell *plan.Cell) *tracked {
	return &tracked{Hold: verdict.Hold{HoldState: record.HoldState{ID: id}}, cell: cell}
}

// hear takes in one event of the attacker or the inspector.
func (t *tracker) hear(e record.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if skew := e.T - record.Now(); t.skew == 0 || skew > t.skew {
		t.skew = skew // the quickest message is the nearest to the truth
	}
	if e.Kind == record.ProcessEnded && e.Ended != nil && e.Ended.Main {
		t.main = e.Ended
	}
	h, ok := t.holds[e.Hold]
	if !ok {
		return
	}
	if err := h.Hear(e); err != nil {
		h.lose(err.Error())
		return
	}
	switch e.Kind {
	case record.HoldProven:
		switch {
		case t.among == nil || t.among[h.PID]:
		case h.PID == 0:
			h.Proven = 0 // the server had closed it before its owner was seen: whose it was is not known, and another try may show it
		default:
			h.Stranger = fmt.Sprintf("process %d serves it, which is none of the %d workers that were prepared", h.PID, len(t.among))
		}
	case record.HoldReleased, record.HoldFailed, record.HoldNotApplicable:
		h.closed = h.closed || h.Released == 0 // else its worker is watched further
	case record.AutopsyDone:
		h.autopsy, h.examined = e.Autopsy, true
	case record.Observed:
		h.examined = h.examined || (h.closed && e.Error != "")
	}
}

// lose closes a hold of which nothing can be said any more.
func (h *tracked) lose(why string) { h.closed, h.lost = true, why }

// judged is the hold as it is judged.
func (h *tracked) judged() verdict.Hold {
	known := h.Hold
	if h.lost != "" {
		known.Failed = h.lost
	}
	return known
}

// now is the pod's clock.
func (t *tracker) now() int64 { return record.Now() + t.skew }

// close marks the holds whose end is known, and returns the cells that have no open hold left.
func (t *tracker) close(open map[*plan.Cell]bool) []*plan.Cell {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	busy := map[*plan.Cell]bool{}
	for _, h := range t.holds {
		if !h.closed && h.over(now) {
			h.closed, h.Watched = true, now
		}
		if !h.closed {
			busy[h.cell] = true
		}
	}
	var over []*plan.Cell
	for cell := range open {
		if !busy[cell] {
			over = append(over, cell)
		}
	}
	return over
}

// over says whether a hold's end is known on both sides, or has been waited for long enough.
func (h *tracked) over(now int64) bool {
	switch {
	case h.Released != 0 && h.WorkerFreed != 0, h.By == record.BySaid:
		return !h.awaitsNeighbours(now)
	case h.Released != 0:
		return now > h.Released+int64((h.workerWithin()+settling.Seconds())*1e9)
	case h.WorkerFreed != 0:
		return now > h.WorkerFreed+int64(settling)
	}
	return false
}

// of gives the holds of a cell.
func (t *tracker) of(cell *plan.Cell) ([]verdict.Hold, []*record.Autopsy) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var holds []verdict.Hold
	var autopsies []*record.Autopsy
	for i := range cell.Plan.Holds {
		if h := t.holds[HoldID(cell, i)]; h != nil {
			judged := h.judged()
			judged.Main = t.main
			holds = append(holds, judged)
			if h.autopsy != nil {
				autopsies = append(autopsies, h.autopsy)
			}
		}
	}
	return holds, autopsies
}

// abandon closes every hold of a pod whose attacker or inspector is gone.
func (t *tracker) abandon(why string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, h := range t.holds {
		if !h.closed {
			h.lose(why)
		}
	}
}

// get gives a copy of what is known of a hold.
func (t *tracker) get(id string) tracked {
	t.mu.Lock()
	defer t.mu.Unlock()
	if h := t.holds[id]; h != nil {
		known := *h
		known.Hold = h.judged()
		return known
	}
	return tracked{}
}

// examined says whether the autopsies of a cell have come, or why there are none.
func (t *tracker) examined(cell *plan.Cell) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, h := range t.holds {
		if h.cell == cell && !h.examined {
			return false
		}
	}
	return true
}
