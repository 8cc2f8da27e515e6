package campaign

import (
	"context"
	"fmt"
	"slices"

	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/verdict"
)

// looks is how often a cell is held at most when the machine stalls meanwhile.
const looks = 3

// holdAgain says whether a cell is to be held once more: its verdict is about
// time, and this machine ran timers late while it was measured, so it proves
// nothing about the server. Such a verdict is inconclusive from here on; only a
// look without a stall can change that, whatever it then says.
func (c *Campaign) holdAgain(cell *plan.Cell, j *record.Judgement, holds []verdict.Hold) bool {
	stalled := 0.0
	for _, h := range holds {
		stalled = max(stalled, c.stalls.worst(h.Connected, max(h.Released, h.WorkerFreed, h.Watched)))
	}
	return c.doubt(cell, j, stalled)
}

// waveAgain is the same of a wave.
func (c *Campaign) waveAgain(cell *plan.Cell, j *record.Judgement, w verdict.Wave) bool {
	return c.doubt(cell, j, c.stalls.worst(w.First, w.Ended))
}

// doubt makes a failure about time inconclusive where the machine stalled for so many seconds meanwhile.
func (c *Campaign) doubt(cell *plan.Cell, j *record.Judgement, stalled float64) bool {
	if j.Status != record.Failed || stalled == 0 ||
		!slices.Contains([]record.Verdict{record.Late, record.Early, record.Unstable, record.LateWorker}, j.Verdict) {
		return false
	}
	j.Message = fmt.Sprintf("inconclusive: this machine stalled for %.2f s meanwhile, a timer of ours came that late; measured was %s", stalled, j.Message)
	j.Verdict, j.Status, j.Severity = record.Inconclusive, record.Unknown, ""
	return c.again(cell)
}

// again has a cell held once more, unless that was done often enough.
func (c *Campaign) again(cell *plan.Cell) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.looked[cell]++
	if c.looked[cell] >= looks {
		return false
	}
	c.waiting = append(c.waiting, cell)
	return true
}

// secondLook holds those cells again, in quieter waves of their own.
func (c *Campaign) secondLook(ctx context.Context, images *images) {
	for number := len(c.Plan.Waves) + 1; ctx.Err() == nil; {
		c.mu.Lock()
		cells := c.waiting
		c.waiting = nil
		c.mu.Unlock()
		if len(cells) == 0 {
			return
		}
		waves := plan.Waves(cells, number)
		c.waves(ctx, waves, images, func(int) {})
		number += len(waves)
	}
}
