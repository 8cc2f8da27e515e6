package containers

import (
	"context"
	"fmt"
	"time"

	"stalemate/containers/inspect"
	"stalemate/reports/record"
)

// Autopsy is the evidence from a process that keeps a hold: its PID, the Class of the cause (restarted,
// looped, blocked, ignored, never-armed, re-armed, sent-by-parent) or of the wait (event-loop, own-timeout,
// timer-running), or unknown, Because (one sentence), Restart (SA_RESTART is set on SIGALRM), and more.
type Autopsy = record.Autopsy

// Autopsy stops the process that keeps the hold for less than a millisecond, and reads what it does
// about SIGALRM. That may end the wait of the process, so nothing may be measured on the hold
// afterwards. With LimitedBy it first waits until the limit is well over.
func (h *Hold) Autopsy(ctx context.Context) (*Autopsy, error) {
	if due := h.autopsyDue(); due > 0 {
		timer := time.NewTimer(due)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("autopsy of %s: wait for the end of the limit: %w", h, ctx.Err())
		}
	}
	if err := h.server.followed.ask(inspect.Command{Autopsy: &inspect.AutopsyNow{Hold: h.State().ID}}); err != nil {
		return nil, fmt.Errorf("autopsy of %s: %w", h, err)
	}
	for {
		h.mu.Lock()
		changed, found, lost := h.changed, h.autopsy, h.lost
		h.mu.Unlock()
		switch {
		case found != nil:
			return found, nil
		case lost != "":
			return nil, fmt.Errorf("autopsy of %s: %s", h, lost)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, fmt.Errorf("autopsy of %s: %w", h, ctx.Err())
		}
	}
}

// deadline is when the limit of a silent hold runs out at the latest, by what is known; 0 where none is named.
func (h *Hold) deadline(s record.HoldState) int64 {
	if h.parking.limit == 0 || h.parking.wire.Mode != record.Silent || s.Parked == 0 || s.Proven == 0 {
		return 0
	}
	return max(s.Parked, s.LastByte, s.Proven) + int64(h.parking.limit)
}

// lookAround is by how much before and after the limit the process is looked at.
func (h *Hold) lookAround() time.Duration { return h.parking.limit / 2 }

// plan has the process looked at around the limit. Nothing attaches to it before an Autopsy.
func (h *Hold) plan(s record.HoldState) *inspect.AutopsyPlan {
	at := h.deadline(s)
	if at == 0 {
		return nil
	}
	around := h.lookAround().Seconds()
	return &inspect.AutopsyPlan{
		Hold: s.ID, Deadline: at, Earliest: max(s.Connected, s.LastByte) + int64(h.parking.limit),
		Attach: "never", Margin: around, Lead: around,
	}
}

// settledAfter is what the second look takes.
const settledAfter = 200 * time.Millisecond

// autopsyDue is how long it is until both looks around the limit are made.
func (h *Hold) autopsyDue() time.Duration {
	s := h.State()
	at := h.deadline(s)
	if at == 0 {
		return 0
	}
	return time.Duration(at-s.Watched) + h.lookAround() + settledAfter
}
