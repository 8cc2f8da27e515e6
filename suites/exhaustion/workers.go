package exhaustion

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"stalemate/containers/inspect"
	"stalemate/containers/pod"
	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

// listWorkers has the inspector list the workers and the system calls in which they wait.
func (w *waveRun) listWorkers(ctx context.Context, inspector *pod.Conversation) error {
	if err := inspector.Send(inspect.Command{Workers: &inspect.Workers{Main: w.main}}); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	tick := time.NewTicker(checkInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("count the workers: %w", ctx.Err())
		case <-tick.C:
		}
		w.mu.Lock()
		n := w.workers
		w.mu.Unlock()
		if n > 0 {
			return nil
		}
	}
}

// hearInspector records which workers hold a connection of the wave.
func (w *waveRun) hearInspector(event record.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case event.Kind == record.AutopsyDone:
		event.Cell = w.cell.Address
		select {
		case w.autopsies <- event.Autopsy:
		default:
		}
	case event.Kind == record.HoldProven, event.Kind == record.WorkerFreed:
		w.updateHold(event)
		w.recordCount(event.T)
	case event.Workers != nil:
		w.workers = 0
		waits := map[string]int{}
		for _, worker := range workersOf(event.Workers, w.main, w.heldPIDs()) {
			w.workers++
			waits[worker.Syscall]++
		}
		var states []string
		for _, call := range slices.Sorted(maps.Keys(waits)) {
			states = append(states, fmt.Sprintf("%d in %s", waits[call], call))
		}
		event.Cell = w.cell.Address
		event.Note = fmt.Sprintf("inside: %d of %d workers hold a connection of the wave; they wait: %s", w.workersHeld(), w.workers, strings.Join(states, ", "))
	}
	w.Emit(event)
}

// recordCount records how many workers hold a connection of the wave, and how many of its connections are not freed.
func (w *waveRun) recordCount(t int64) {
	w.wave.Looks = append(w.wave.Looks, verdict.WaveLook{T: t, Workers: w.workers, Held: w.workersHeld(), Left: w.wave.Planned - w.freedConnections()})
}

// workersHeld is how many workers hold a connection of the wave. A worker with threads or an event loop may hold many.
func (w *waveRun) workersHeld() int {
	pids := map[int]bool{}
	for _, pid := range w.heldPIDs() {
		pids[pid] = true
	}
	return len(pids)
}

// updateHold applies an event to the state of its connection.
func (w *waveRun) updateHold(event record.Event) {
	h := w.holds[event.Hold]
	if h == nil {
		h = &record.HoldState{}
		w.holds[event.Hold] = h
	}
	_ = h.Hear(event) // it fails only for a release without a cause, and these events are no releases
}

// heldPIDs are the processes that hold connections of the wave, one PID for each connection that is not freed.
func (w *waveRun) heldPIDs() []int {
	var pids []int
	for _, h := range w.holds {
		if h.Proven != 0 && h.WorkerFreed == 0 {
			pids = append(pids, h.PID)
		}
	}
	return pids
}

// freedConnections is how many connections of the wave no worker holds any more.
func (w *waveRun) freedConnections() int {
	n := 0
	for _, h := range w.holds {
		if h.WorkerFreed != 0 {
			n++
		}
	}
	return n
}

// awaitRecovery returns when every connection of the wave is freed and a fresh client is served, or when limit has passed since
// the last connection.
func (w *waveRun) awaitRecovery(ctx context.Context, inspector *pod.Conversation, limit time.Duration, probing <-chan error) error {
	tick := time.NewTicker(checkInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-inspector.Done():
			return inspector.Err()
		case err := <-probing:
			return errors.Join(errors.New("the probing ended before the wave did"), err)
		case <-tick.C:
		}
		w.mu.Lock()
		over := record.Now()-w.wave.Last > int64(limit)
		n := len(w.wave.Probes)
		recovered := w.freedConnections() == w.wave.Planned && n > 0 && w.wave.Probes[n-1].Served
		full := w.workersHeld() == w.workers && !w.statesListed
		w.statesListed = w.statesListed || full
		w.mu.Unlock()
		if over || recovered {
			return w.listWorkers(ctx, inspector)
		}
		if full {
			if err := w.listWorkers(ctx, inspector); err != nil {
				return err
			}
		}
	}
}

// autopsyStuckWorker examines one worker that still holds a connection of the wave.
func (w *waveRun) autopsyStuckWorker(ctx context.Context, inspector *pod.Conversation) {
	w.mu.Lock()
	pid := 0
	if held := w.heldPIDs(); len(held) > 0 {
		pid = held[0]
	}
	w.mu.Unlock()
	if pid == 0 {
		w.noAutopsy("none is stuck")
		return
	}
	if err := inspector.Send(inspect.Command{Autopsy: &inspect.AutopsyNow{PID: pid}}); err != nil {
		w.noAutopsy(err.Error())
		return
	}
	ctx, cancel := context.WithTimeout(ctx, autopsyTimeout)
	defer cancel()
	select {
	case found := <-w.autopsies:
		w.mu.Lock()
		w.wave.Autopsy = found
		w.mu.Unlock()
	case <-ctx.Done():
		w.noAutopsy("the inspector did not answer")
	}
}

// noAutopsy records why no worker was examined.
func (w *waveRun) noAutopsy(why string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wave.NoLook = why
}
