package timeouts

import (
	"fmt"

	"stalemate/containers/inspect"
	"stalemate/reports/record"
)

// askKeepers has the inspector say who still owns the sockets whose workers are late. It asks once for each hold.
func (h *holding) askKeepers() error {
	for _, id := range h.tracker.lateWorkers() {
		if err := h.inspector.Send(inspect.Command{Owner: &inspect.HoldRef{Hold: id}}); err != nil {
			return fmt.Errorf("ask who keeps the sockets of target %s: %w", h.Unit.Target.Name, err)
		}
	}
	return nil
}

// lateWorkers are the holds whose worker is late since the last call: released, not freed, and the worker's time is over. The
// answer comes while the client's account is waited for, see settling.
func (t *tracker) lateWorkers() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	var late []string
	for id, h := range t.holds {
		if h.closed || h.keeperAsked || h.Released == 0 || h.WorkerFreed != 0 || h.By == record.BySaid || now <= h.Released+int64(h.workerWithin()*1e9) {
			continue
		}
		h.keeperAsked = true
		late = append(late, id)
	}
	return late
}

// workerWithin is how long a worker may keep its connection after the release, in seconds.
func (h *tracked) workerWithin() float64 {
	if l := h.cell.Plan.Limit; l != nil {
		return l.Worker
	}
	return 0
}
