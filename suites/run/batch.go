package run

import (
	"context"
	"sync"

	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// maxStartsWhileHolding is how many pods start at the same time while the previous batch holds. One at a time took up to 27 s,
// which is longer than the holds of a batch. More than two are no faster on two cores.
const maxStartsWhileHolding = 2

// runBatches carries out the batches of a queue, two at a time: while the pods of one batch hold, which costs no CPU time, the pods
// of the next batch start. It calls onHolding each time all pods of a batch hold.
func (e *Execution) runBatches(ctx context.Context, q *batchQueue, onHolding func()) {
	previous := &runningBatch{done: make(chan struct{})}
	close(previous.done)
	for q.left() {
		current := &runningBatch{Batch: q.next(), previous: previous, startSlots: make(chan struct{}, maxStartsWhileHolding), done: make(chan struct{})}
		current.ready.Add(len(current.Units))
		go func() {
			defer close(current.done)
			e.runBatch(ctx, current, q.images)
		}()
		current.ready.Wait()
		onHolding()
		<-previous.done
		previous = current
	}
	<-previous.done
}

// runningBatch is a batch whose pods start, hold or are removed.
type runningBatch struct {
	plan.Batch
	previous   *runningBatch
	startSlots chan struct{}  // full: no further pod may start until the previous batch is done
	ready      sync.WaitGroup // counts the pods that are still starting
	done       chan struct{}
}

// awaitStartSlot waits until a pod may start. The caller calls release when the pod has started.
func (b *runningBatch) awaitStartSlot() (release func()) {
	select { // a pod takes no slot when the previous batch is done
	case <-b.previous.done:
		return func() {}
	default:
	}
	select {
	case <-b.previous.done:
		return func() {}
	case b.startSlots <- struct{}{}:
		return func() { <-b.startSlots }
	}
}

// runBatch starts the pods of a batch and waits for all of them. No pod holds a connection before every pod is ready or has
// failed, so that a start does not disturb a measurement.
func (e *Execution) runBatch(ctx context.Context, b *runningBatch, images *images) {
	info := record.Batch{Number: b.Number, Targets: b.Targets(), Holds: b.Holds(), Longest: b.Longest().Seconds()}
	e.Log.Write(record.Event{Kind: record.BatchStarted, Batch: &info})
	var pods sync.WaitGroup
	for _, u := range b.Units {
		pods.Go(func() { e.runUnit(ctx, b, u, images) })
	}
	pods.Wait()
	ended := info
	ended.Longest = e.longestHold(b.Units)
	e.Log.Write(record.Event{Kind: record.BatchEnded, Batch: &ended})
}

// runUnit starts the pod of a unit, lets its suite judge the cells, and makes the others inconclusive when the pod fails.
func (e *Execution) runUnit(ctx context.Context, b *runningBatch, u plan.Unit, images *images) {
	releaseStartSlot := sync.OnceFunc(b.awaitStartSlot())
	defer releaseStartSlot()
	startEnded := sync.OnceFunc(b.ready.Done)
	defer startEnded()
	p := &Pod{execution: e, Unit: u, images: images, releaseStartSlot: releaseStartSlot,
		awaitBatch: func() { startEnded(); b.ready.Wait() }}
	if err := Survive(func() error { return p.run(ctx) }); err != nil {
		e.Log.Write(PodFailure(u.Target, u.Name, err))
		for _, cell := range u.Cells {
			e.judge(cell, NotJudged(cell, err))
		}
		p.tellNothing(err)
	}
}

// longestHold is how long the longest hold of the units took, in seconds.
func (e *Execution) longestHold(units []plan.Unit) float64 {
	longest := 0.0
	for _, u := range units {
		for _, cell := range u.Cells {
			j, _ := e.measuredJudgement(cell)
			longest = max(longest, j.Took)
		}
	}
	return longest
}
