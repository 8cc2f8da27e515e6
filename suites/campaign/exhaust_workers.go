package campaign

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"stalemate/containers/inspect"
	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

// look counts the workers, and logs what each of them waits in.
func (e *exhausting) look(ctx context.Context, inspector *talk) error {
	if err := inspector.send(inspect.Command{Workers: &inspect.Workers{Main: e.main}}); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, countWithin)
	defer cancel()
	tick := time.NewTicker(judgeWave)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("count the workers: %w", ctx.Err())
		case <-tick.C:
		}
		e.mu.Lock()
		n := e.workers
		e.mu.Unlock()
		if n > 0 {
			return nil
		}
	}
}

// hearInspector follows the workers: which of them hold a connection of the wave.
func (e *exhausting) hearInspector(event record.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case event.Kind == record.AutopsyDone:
		event.Cell = e.cell.Address
		select {
		case e.looked <- event.Autopsy:
		default:
		}
	case event.Kind == record.HoldProven:
		e.held[event.Hold] = event.HoldInfo.PID
		e.count(event.T)
	case event.Kind == record.WorkerFreed:
		delete(e.held, event.Hold)
		e.freed[event.Hold] = true
		e.count(event.T)
	case event.Workers != nil:
		e.workers = 0
		waits := map[string]int{}
		for _, w := range event.Workers {
			if w.TID == w.PID && (w.PID != e.main || alone(event.Workers)) {
				e.workers++
				waits[w.Syscall]++
			}
		}
		var states []string
		for _, call := range slices.Sorted(maps.Keys(waits)) {
			states = append(states, fmt.Sprintf("%d in %s", waits[call], call))
		}
		event.Cell = e.cell.Address
		event.Note = fmt.Sprintf("inside: %d of %d workers hold a connection of the wave; they wait: %s", e.taken(), e.workers, strings.Join(states, ", "))
	}
	e.emit(event)
}

// alone says whether a server is one process, which then is the worker as well.
func alone(workers []record.Worker) bool {
	return !slices.ContainsFunc(workers, func(w record.Worker) bool { return w.PID != workers[0].PID })
}

// count notes how many workers hold a connection of the wave, and how many connections are left.
func (e *exhausting) count(t int64) {
	e.wave.Looks = append(e.wave.Looks, verdict.WaveLook{T: t, Workers: e.workers, Held: e.taken(), Left: e.wave.Planned - len(e.freed)})
}

// taken is how many workers hold a connection of the wave. One with threads or events holds many.
func (e *exhausting) taken() int {
	pids := map[int]bool{}
	for _, pid := range e.held {
		pids[pid] = true
	}
	return len(pids)
}

// follow goes on until every connection of the wave was let go of and a fresh client was
// served, or the cap has passed since the last connection.
func (e *exhausting) follow(ctx context.Context, inspector *talk, limit time.Duration, probing <-chan error) error {
	tick := time.NewTicker(judgeWave)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-inspector.over:
			return fmt.Errorf("the inspector ended: %w", ended(err))
		case err := <-probing:
			return errors.Join(errors.New("the probing ended before its time"), err)
		case <-tick.C:
		}
		e.mu.Lock()
		over := e.now()-e.wave.Last > int64(limit)
		n := len(e.wave.Probes)
		recovered := len(e.freed) == e.wave.Planned && n > 0 && e.wave.Probes[n-1].Served
		full := e.taken() == e.workers && !e.asked
		e.asked = e.asked || full
		e.mu.Unlock()
		if over || recovered {
			return e.look(ctx, inspector)
		}
		if full {
			if err := e.look(ctx, inspector); err != nil {
				return err
			}
		}
	}
}

// autopsy looks into one worker: one that is stuck, or any.
func (e *exhausting) autopsy(ctx context.Context, inspector *talk) {
	e.mu.Lock()
	pid := 0
	for _, held := range e.held {
		pid = held
	}
	e.mu.Unlock()
	if pid == 0 {
		e.noLook("none is stuck")
		return
	}
	if err := inspector.send(inspect.Command{Autopsy: &inspect.AutopsyNow{PID: pid}}); err != nil {
		e.noLook(err.Error())
		return
	}
	ctx, cancel := context.WithTimeout(ctx, autopsyWithin)
	defer cancel()
	select {
	case found := <-e.looked:
		e.mu.Lock()
		e.wave.Autopsy = found
		e.mu.Unlock()
	case <-ctx.Done():
		e.noLook("the inspector did not answer")
	}
}

func (e *exhausting) noLook(why string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.wave.NoLook = why
}
