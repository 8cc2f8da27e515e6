package timeouts

import (
	"context"
	"fmt"
	"time"

	"stalemate/containers/inspect"
	"stalemate/reports/record"
)

// countWithin bounds the inspector's answer about its network namespace.
const countWithin = 10 * time.Second

// passiveOpens asks the pod's network namespace how many connections it has taken.
func (h *holding) passiveOpens(ctx context.Context) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, countWithin)
	defer cancel()
	if err := h.inspector.Send(inspect.Command{Passive: &inspect.Passive{}}); err != nil {
		return 0, err
	}
	select {
	case e := <-h.counts:
		return int(e.Net.PassiveOpens), nil
	case <-h.inspector.Done():
		return 0, h.inspector.Err()
	case <-ctx.Done():
		return 0, fmt.Errorf("the inspector does not answer: %w", ctx.Err())
	}
}

// checkCounts compares what was planned with what was opened and with what the
// kernel says that it took. A server that connects to itself takes more than
// we opened; fewer means that a hold was never there.
func (h *holding) checkCounts(ctx context.Context, before, planned int) error {
	after, err := h.passiveOpens(ctx)
	if err != nil {
		return fmt.Errorf("count the connections of target %s: %w", h.Unit.Target.Name, err)
	}
	h.Emit(record.Event{Kind: record.CountsChecked, Counts: &record.Counts{Planned: planned,
		Connected: h.tracker.connected(), PassiveOpens: after - before}})
	return nil
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

// notConnected counts the neighbours that were not opened any more: nobody waits for them.
func (t *tracker) notConnected() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	for _, h := range t.holds {
		if h.neighbour && h.Connected == 0 {
			n++
		}
	}
	return n
}
