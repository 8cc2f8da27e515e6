package campaign

import (
	"fmt"
	"sync"
	"time"

	"stalemate/attackers"
	"stalemate/reports/record"
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
	skew  int64        // from our monotonic clock to the pod's; only a remote engine has one
	among map[int]bool // the workers that a proven hold must have met; nil: any
}

type tracked struct {
	verdict.Hold
	cell     *plan.Cell
	closed   bool // nothing more can change it
	autopsy  *record.Autopsy
	examined bool // its autopsy has come, or why there is none
	local    string
	peer     string
}

func newTracker(holds []attackers.Hold, cells map[string]*plan.Cell) *tracker {
	t := &tracker{holds: map[string]*tracked{}}
	for _, h := range holds {
		t.holds[h.ID] = &tracked{Hold: verdict.Hold{ID: h.ID}, cell: cells[h.Cell]}
	}
	return t
}

// add follows one more hold, which belongs to no repeat of a cell.
func (t *tracker) add(id string, cell *plan.Cell) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.holds[id] = &tracked{Hold: verdict.Hold{ID: id}, cell: cell}
}

// hear takes in one event of the attacker or the inspector.
func (t *tracker) hear(e record.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if skew := e.T - record.Now(); t.skew == 0 || skew > t.skew {
		t.skew = skew // the quickest message is the nearest to the truth
	}
	h, ok := t.holds[e.Hold]
	if !ok {
		return
	}
	switch e.Kind {
	case record.HoldConnected:
		h.Connected = e.T
		h.local, h.peer = e.HoldInfo.Local, e.HoldInfo.Peer
	case record.HoldParked:
		h.Parked = e.T
		h.LastByte = e.HoldInfo.LastT
	case record.HoldTrickled:
		h.TrickleEnd = e.T
		h.LastByte = max(h.LastByte, e.HoldInfo.LastT)
	case record.HoldProven:
		h.Proven, h.ProvenAt, h.PID = true, e.T, e.HoldInfo.PID
		if t.among != nil && !t.among[h.PID] {
			h.Stranger = fmt.Sprintf("process %d serves it, which is none of the %d workers that were prepared", h.PID, len(t.among))
		}
	case record.HoldReleased:
		h.By, h.Detail = e.Release.By, e.Release.Detail
		h.LastByte = max(h.LastByte, e.Release.LastT)
		if e.Release.By == record.ByNothing {
			h.Watched, h.closed = e.T, true
		} else {
			h.Released = e.T
		}
	case record.WorkerFreed:
		h.WorkerFreed = e.T
	case record.HoldFailed:
		h.Failed, h.closed = e.Note, true
	case record.HoldNotApplicable:
		h.NotHere, h.closed = e.Note, true
	case record.AutopsyDone:
		h.autopsy, h.examined = e.Autopsy, true
	case record.Observed:
		h.examined = h.examined || (h.closed && e.Error != "")
	}
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
	worker := 0.0
	if l := h.cell.Plan.Limit; l != nil {
		worker = l.Worker
	}
	switch {
	case h.Released != 0 && h.WorkerFreed != 0:
		return true
	case h.Released != 0:
		return now > h.Released+int64((worker+settling.Seconds())*1e9)
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
	for i := range cell.Target.Repeat {
		if h := t.holds[HoldID(cell, i)]; h != nil {
			holds = append(holds, h.Hold)
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
			h.closed = true
			h.Failed = why
		}
	}
}

// get gives a copy of what is known of a hold.
func (t *tracker) get(id string) tracked {
	t.mu.Lock()
	defer t.mu.Unlock()
	if h := t.holds[id]; h != nil {
		return *h
	}
	return tracked{}
}

// connected counts the holds whose connection was opened.
func (t *tracker) connected() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	for _, h := range t.holds {
		if h.Connected != 0 {
			n++
		}
	}
	return n
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
