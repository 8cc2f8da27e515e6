package run

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"stalemate/containers/image"
	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/verdict"
)

// result is the judgement of a cell. measured is closed when the cell was measured, and ready when value is set.
type result struct {
	once     sync.Once
	measured chan struct{}
	ready    chan struct{}
	value    record.Judgement
}

func newResult() *result { return &result{measured: make(chan struct{}), ready: make(chan struct{})} }

// Result waits for a cell's judgement.
func (e *Execution) Result(ctx context.Context, address string) (record.Judgement, error) {
	r, ok := e.results[address]
	if !ok {
		return record.Judgement{}, fmt.Errorf("cell %s is not in the plan", address)
	}
	select {
	case <-r.ready:
		return r.value, nil
	case <-ctx.Done():
		return record.Judgement{}, fmt.Errorf("wait for cell %s: %w", address, ctx.Err())
	}
}

// measuredJudgement is what was measured of a cell. Its controls may still change it.
func (e *Execution) measuredJudgement(cell *plan.Cell) (record.Judgement, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	j, ok := e.measured[cell.Address]
	return j, ok
}

// judge gives a cell its judgement; the first one counts. A server that was expected to hang, and did, passes only after its
// controls: they show that the same server without the cause does not hang.
func (e *Execution) judge(cell *plan.Cell, j record.Judgement) {
	if why := e.endedEarly(); why != nil {
		j = NotJudged(cell, why)
	} else if j.Status == record.Failed && e.Engine != nil {
		if why := e.Engine.Stopping(context.Background(), e.RunID); why != nil {
			j = NotJudged(cell, fmt.Errorf("%w, so this says nothing of the server: %s", why, j.Message))
		}
	}
	e.mu.Lock()
	_, known := e.measured[cell.Address]
	if !known {
		e.measured[cell.Address] = j
		close(e.results[cell.Address].measured)
	}
	e.mu.Unlock()
	if known {
		return
	}
	if other := e.comparedWith(cell, j); other != "" {
		e.pending.Go(func() { e.publish(cell, e.compareModes(cell, j, other)) })
		return
	}
	if j.Status != record.Passed || !cell.Plan.Expect.KnownBad() || cell.Plan.Canary || cell.Plan.Side != "" {
		e.publish(cell, j)
		return
	}
	e.pending.Go(func() {
		verdict.AddControls(&j, cell.Rule.Evidence, e.awaitControls(cell))
		e.publish(cell, j)
	})
}

// publish writes a cell's judgement into the log and wakes those who wait for it; the first one counts.
func (e *Execution) publish(cell *plan.Cell, j record.Judgement) {
	r := e.results[cell.Address]
	r.once.Do(func() {
		if e.Waive != nil && !cell.Plan.Canary {
			j = e.Waive(cell.Address, j)
		}
		event := record.Event{Kind: record.CellJudged, Target: cell.Target.Name, Cell: cell.Address, Verdict: &j}
		e.Log.Write(event)
		if cell.Plan.Canary {
			event.Kind = record.CanaryChecked
			e.Log.Write(event)
		}
		r.value = j
		close(r.ready)
	})
}

// endedEarly is why the run ended before its time; nil while it goes on. What is measured then says nothing of the server: its
// pods are being removed.
func (e *Execution) endedEarly() error {
	cause, started := e.ended.Load().(func() error)
	if !started || cause() == nil {
		return nil
	}
	return fmt.Errorf("%w before this cell was judged", cause())
}

// judgeRest makes every cell inconclusive that has no judgement when the run ends.
func (e *Execution) judgeRest() {
	for _, cell := range e.Plan.Cells {
		if _, measured := e.measuredJudgement(cell); !measured {
			e.judge(cell, NotJudged(cell, errors.New("the run ended before this cell was judged")))
		}
	}
}

// NotJudged is the judgement of a cell whose measurement failed. It is inconclusive, or not-run where the target's image is
// optional and missing.
func NotJudged(cell *plan.Cell, why error) record.Judgement {
	if optionalAndMissing(cell.Target, why) {
		return record.Judgement{Verdict: record.NotRun, Expect: cell.Plan.Expect, Status: record.Skipped,
			Message: fmt.Sprintf("not-run: image %s %v", cell.Target.Image, image.ErrAbsent)}
	}
	return record.Judgement{Verdict: record.Inconclusive, Expect: cell.Plan.Expect, Status: record.Unknown, Message: "inconclusive: " + why.Error()}
}

// PodFailure is the event of a pod that did not start, or failed later. It is only an observation where the target's image is
// optional and missing.
func PodFailure(t *target.Target, pod string, why error) record.Event {
	kind := record.PodFailed
	if optionalAndMissing(t, why) {
		kind = record.Observed
	}
	return record.Event{Kind: kind, Target: t.Name, Pod: pod, Note: why.Error()}
}

// optionalAndMissing says whether a pod failed because its image is missing, and the target file declares that it may be.
func optionalAndMissing(t *target.Target, why error) bool {
	return t.Optional && errors.Is(why, image.ErrAbsent)
}
