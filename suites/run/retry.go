package run

import (
	"context"
	"fmt"
	"time"

	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/verdict"
)

// maxAttempts is how often a cell is measured at most. It stays inconclusive if this machine stalled each time.
const maxAttempts = 3

// Stalls are the times in which this machine ran timers late, of those that overlap with from until to.
func (p *Pod) Stalls(from, to int64) []verdict.Stall { return p.execution.stalls.between(from, to) }

// RetryWaveIfStalled makes a wave's failure inconclusive if a stall of this machine explains it, because it then proves nothing
// about the server. It returns true if the wave is opened once more.
func (p *Pod) RetryWaveIfStalled(cell *plan.Cell, j *record.Judgement, w verdict.Wave) bool {
	why := verdict.ExplainsWave(cell.Plan, w, *j, p.Stalls(w.First, w.Ended))
	if j.Status != record.Failed || why == "" {
		return false
	}
	j.Message = fmt.Sprintf("inconclusive: %s; measured: %s", why, j.Message)
	j.Verdict, j.Status, j.Severity = record.Inconclusive, record.Unknown, ""
	return p.Retry(cell)
}

// Retry plans one more attempt of a cell, and returns false after the last attempt.
func (p *Pod) Retry(cell *plan.Cell) bool { return p.execution.retry(cell) }

// RetryWarm plans one more attempt of a cell, in a server that has started workers for all of its connections. It returns false
// after the last attempt.
func (p *Pod) RetryWarm(cell *plan.Cell) bool {
	p.execution.mu.Lock()
	defer p.execution.mu.Unlock()
	if !p.execution.mayRetry(cell) {
		return false
	}
	p.execution.warm = append(p.execution.warm, cell)
	return true
}

// RetryInPod counts one more attempt of a cell, which the suite makes in this pod. It returns false after the last attempt.
func (p *Pod) RetryInPod(cell *plan.Cell) bool {
	p.execution.mu.Lock()
	defer p.execution.mu.Unlock()
	return p.execution.mayRetry(cell)
}

func (e *Execution) retry(cell *plan.Cell) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.mayRetry(cell) {
		return false
	}
	e.retries = append(e.retries, cell)
	return true
}

// mayRetry counts one more attempt of a cell. The caller holds the lock.
func (e *Execution) mayRetry(cell *plan.Cell) bool {
	e.attempts[cell]++
	late := !e.RetryUntil.IsZero() && time.Now().Add(cell.Watch).After(e.RetryUntil)
	return e.attempts[cell] < maxAttempts && !late
}

// runRetries measures the cells again that wait for a retry, in further batches, until none is left. number is
// that of the first batch.
func (e *Execution) runRetries(ctx context.Context, images *images, number int) {
	for ctx.Err() == nil {
		e.mu.Lock()
		cells, warm := e.retries, e.warm
		e.retries, e.warm = nil, nil
		e.mu.Unlock()
		if len(cells)+len(warm) == 0 {
			return
		}
		batches := plan.Again(e.Plan.Batches, cells, number)
		batches = append(batches, plan.Warm(e.Plan.Batches, warm, number+len(batches))...)
		expectAfter(e.after, batches)
		q := newBatchQueue(images, batches, number)
		e.runBatches(ctx, q, func() {})
		number = q.given + 1
	}
}
