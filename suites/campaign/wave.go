package campaign

import (
	"context"
	"sync"

	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// startsWhileHolding is how many pods of a wave are started at once while those of the wave before hold. One after
// the other they took up to 27 s, longer than what they were to hide behind; more than two cores start no faster.
const startsWhileHolding = 2

// waves carries them out, two at a time at most: while the pods of one wait, which is no work,
// those of the next are started. holds is called each time when all pods of a wave hold, with how many waves are left.
func (c *Campaign) waves(ctx context.Context, all []plan.Wave, images *images, holds func(left int)) {
	before := &underway{over: make(chan struct{})}
	close(before.over)
	for i, w := range all {
		now := &underway{Wave: w, before: before, turn: make(chan struct{}, startsWhileHolding), over: make(chan struct{})}
		now.ready.Add(len(w.Units))
		go func() {
			defer close(now.over)
			c.wave(ctx, now, images)
		}()
		now.ready.Wait()
		holds(len(all) - 1 - i)
		<-before.over
		before = now
	}
	<-before.over
}

// underway is a wave that is being carried out.
type underway struct {
	plan.Wave
	before *underway
	turn   chan struct{}  // who has a place in it may start its pod while the wave before is not over
	ready  sync.WaitGroup // its pods that are neither ready nor have failed
	over   chan struct{}
}

// wait returns when a pod may be started, with what to call when it is.
func (w *underway) wait() (started func()) {
	select {
	case <-w.before.over:
		return func() {}
	default:
	}
	select {
	case <-w.before.over:
		return func() {}
	case w.turn <- struct{}{}:
		return func() { <-w.turn }
	}
}

// wave starts its pods, lets all of them begin together once each is ready or
// has failed, so that no start of its own disturbs a measurement, and waits for all.
func (c *Campaign) wave(ctx context.Context, w *underway, images *images) {
	holds := 0
	for _, u := range w.Units {
		holds += u.Holds()
	}
	info := record.Wave{Number: w.Number, Targets: len(w.Units), Holds: holds, Longest: w.Longest().Seconds()}
	c.Log.Write(record.Event{Kind: record.WaveStarted, Wave: &info})
	var all sync.WaitGroup
	for _, u := range w.Units {
		all.Go(func() {
			started := sync.OnceFunc(w.wait())
			defer started()
			arrived := sync.OnceFunc(w.ready.Done)
			defer arrived()
			r := &unitRun{campaign: c, unit: u, images: images, serves: started, together: func() { arrived(); w.ready.Wait() }}
			if err := r.run(ctx); err != nil {
				c.Log.Write(Failed(u.Target, u.Name, err))
				for _, cell := range u.Cells {
					c.judged(cell, Unjudged(cell, err))
				}
			}
		})
	}
	all.Wait()
	ended := info
	ended.Longest = 0
	for _, u := range w.Units {
		for _, cell := range u.Cells {
			j, _ := c.soFar(cell)
			ended.Longest = max(ended.Longest, j.Took)
		}
	}
	c.Log.Write(record.Event{Kind: record.WaveEnded, Wave: &ended})
}
