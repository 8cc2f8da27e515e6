package containers

import (
	"context"
	"fmt"
	"sync"
	"time"

	"stalemate/reports/record"
)

// Hold is a connection that is parked at a stage of a listener.
type Hold struct {
	server      *Server
	parking     parking
	incarnation int // the server's, when the connection was opened

	mu      sync.Mutex
	state   record.HoldState
	autopsy *record.Autopsy
	lost    string        // why it is not followed any more
	certain bool          // the server lived when the hold was last followed
	changed chan struct{} // closed when something is heard, and replaced
}

// String names the server, the listener, the stage and the mode.
func (h *Hold) String() string {
	return fmt.Sprintf("%s/%s/%s/%s", h.server.name, h.parking.listener, h.parking.wire.Stage, h.parking.wire.Mode)
}

// Stage is where the connection is parked.
func (h *Hold) Stage() string { return h.parking.wire.Stage }

// Limit is what LimitedBy named: the directive, and the limit it sets.
func (h *Hold) Limit() (directive string, limit time.Duration) {
	return h.parking.directive, h.parking.limit
}

// State is what is known of the hold. Watched is the present moment as long as the hold is followed.
func (h *Hold) State() record.HoldState {
	h.mu.Lock()
	defer h.mu.Unlock()
	state := h.state
	switch {
	case h.lost != "" && !state.Over():
		state.Failed = h.lost
	case h.lost == "":
		state.Watched = h.server.followed.now()
	}
	return state
}

// AwaitRelease waits until the server has released the hold, or ctx ends, or the hold cannot be
// followed any more, and gives what is known then. A server whose main process has ended did not
// release the hold: that is a failed one.
func (h *Hold) AwaitRelease(ctx context.Context) record.HoldState {
	return h.outlived(h.bothSides(ctx, func(s record.HoldState) bool { return s.Released != 0 || s.WorkerFreed != 0 }))
}

// AwaitWorker waits until no process of the server owns the socket, or as AwaitRelease.
func (h *Hold) AwaitWorker(ctx context.Context) record.HoldState {
	return h.outlived(h.whoKeeps(h.bothSides(ctx, func(s record.HoldState) bool { return s.WorkerFreed != 0 })))
}

// settling is how long after the end of the server's socket the client's account of the release may
// arrive: two programs tell of one event. A client that does not read never tells.
const settling = time.Second

// bothSides is await, and waits for the client's account where the server's came first.
func (h *Hold) bothSides(ctx context.Context, until func(record.HoldState) bool) record.HoldState {
	state := h.await(ctx, until)
	if state.WorkerFreed == 0 || state.Released != 0 {
		return state
	}
	within, cancel := context.WithTimeout(ctx, settling)
	defer cancel()
	return h.await(within, func(s record.HoldState) bool { return s.Released != 0 })
}

// outlived fails a hold that ended with its server.
func (h *Hold) outlived(state record.HoldState) record.HoldState {
	h.mu.Lock()
	certain := h.certain
	h.mu.Unlock()
	if at, _ := state.Ended(); at == 0 || certain {
		return state
	}
	ctx, cancel := context.WithTimeout(context.Background(), answerWithin)
	defer cancel()
	alive, status, err := h.server.alive(ctx)
	switch now := h.server.pod.Incarnation().Number; {
	case err != nil:
		state.Failed = fmt.Sprintf("nobody can tell whether the server still runs: %v", err)
	case now != h.incarnation:
		state.Failed = "the server has been started again since"
	case !alive:
		state.Failed = fmt.Sprintf("the server's main process has ended with status %d", status)
	}
	return state
}

// await waits for what is heard of the hold.
func (h *Hold) await(ctx context.Context, until func(record.HoldState) bool) record.HoldState {
	for {
		h.mu.Lock()
		changed, lost := h.changed, h.lost
		h.mu.Unlock()
		state := h.State()
		if until(state) || lost != "" || state.Failed+state.NotApplicable != "" {
			return state
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return h.State()
		}
	}
}

// awaitProof waits for the proof, as long as it can be expected. Its error is ctx's.
func (h *Hold) awaitProof(ctx context.Context) error {
	here := func(s record.HoldState) bool { return s.Parked != 0 || s.Over() }
	if state := h.await(ctx, here); state.Parked == 0 {
		return ctx.Err()
	}
	within, cancel := context.WithTimeout(ctx, provenWithin)
	defer cancel()
	h.await(within, func(s record.HoldState) bool { return s.Proven != 0 || s.Over() })
	return ctx.Err()
}

// Close closes the connection from the client's side.
func (h *Hold) Close() error {
	if err := h.server.followed.release(h.parking.wire.ID); err != nil {
		return fmt.Errorf("close hold %s: %w", h, err)
	}
	h.lose("the client closed the connection")
	return nil
}

// hear takes in an event of this hold.
func (h *Hold) hear(e record.Event) (record.HoldState, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	err := h.state.Hear(e)
	if e.Kind == record.AutopsyDone {
		h.autopsy = e.Autopsy
	}
	h.tell()
	return h.state, err
}

// lose says that the hold is not followed any more, and why. The first reason counts.
func (h *Hold) lose(why string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.lost == "" {
		h.lost = why
		h.tell()
	}
}

// certify says that the server lives.
func (h *Hold) certify() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.certain = true
}

// tell wakes who waits. It is for who has the lock.
func (h *Hold) tell() {
	close(h.changed)
	h.changed = make(chan struct{})
}
