// Package campaign carries out a plan: it starts the pods of a wave, parks all
// their holds, watches both ends, and judges each cell as soon as nothing more can
// change it. It never fails by itself: what goes wrong becomes an inconclusive cell.
package campaign

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"stalemate/containers/engine"
	"stalemate/containers/image"
	"stalemate/fixtures"
	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/verdict"
)

// Config is what a campaign works with.
type Config struct {
	Run    string
	Engine *engine.Engine
	Images *image.Store
	Log    *record.Log
	Plan   *plan.Plan
	// Beside is work of other suites on cells of the plan. It keeps the machine busy, so it
	// begins when the pods of the first wave hold, and learns from Tools.Alone when all do.
	Beside []Work
	// Waive may accept a failure; nil accepts none.
	Waive func(address string, j record.Judgement) record.Judgement
}

// Campaign is a plan under way.
type Campaign struct {
	Config
	results     map[string]*result
	inspections map[string]*inspection // by the address of the cell that they speak for, and of those beside it in its pod
	pending     sync.WaitGroup         // cells that wait for their controls
	done        chan struct{}
	stalls      stalls

	mu       sync.Mutex
	measured map[string]record.Judgement // before what the controls say
	waiting  []*plan.Cell                // to be held again: what was seen of them proves nothing
	looked   map[*plan.Cell]int
}

// result is a judgement that somebody may wait for.
type result struct {
	once  sync.Once
	ready chan struct{}
	value record.Judgement
}

// New prepares a campaign; nothing runs before Start.
func New(c Config) *Campaign {
	campaign := &Campaign{Config: c, results: map[string]*result{}, done: make(chan struct{}),
		measured: map[string]record.Judgement{}, looked: map[*plan.Cell]int{}}
	campaign.inspections = inspectionsOf(c.Plan)
	for _, cell := range c.Plan.Cells {
		campaign.results[cell.Address] = &result{ready: make(chan struct{})}
	}
	return campaign
}

// Start begins in the background. It ends when all waves are over or ctx is.
func (c *Campaign) Start(ctx context.Context) {
	for _, cell := range c.Plan.Cells {
		planned := cell.Plan
		c.Log.Write(record.Event{Kind: record.CellPlanned, Target: cell.Target.Name, Cell: cell.Address, Plan: &planned})
	}
	go func() {
		defer close(c.done)
		watching, stop := context.WithCancel(ctx)
		defer stop()
		go c.stalls.watch(watching)
		images := c.buildAll(ctx)
		beside := newBeside(c, images)
		c.waves(ctx, c.Plan.Waves, images, func(left int) {
			beside.begin(ctx)
			if left == 0 {
				beside.leave()
			}
		})
		beside.begin(ctx) // where there is no wave
		beside.leave()
		beside.wait()
		c.secondLook(ctx, images) // on a machine that has nothing else to do
		for _, cell := range c.Plan.Cells {
			if _, measured := c.soFar(cell); !measured {
				c.inconclusive(cell, "the run ended before this cell was judged")
			}
		}
		for _, i := range c.inspections {
			i.end(nil, "the run ended before it")
		}
		c.pending.Wait()
	}()
}

// Result waits for a cell's judgement.
func (c *Campaign) Result(ctx context.Context, address string) (record.Judgement, error) {
	r, ok := c.results[address]
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

// Wait returns when every pod of the campaign is gone.
func (c *Campaign) Wait() { <-c.done }

// soFar gives what was measured of a cell, whether or not its controls have spoken.
func (c *Campaign) soFar(cell *plan.Cell) (record.Judgement, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	j, ok := c.measured[cell.Address]
	return j, ok
}

// judged gives a cell its judgement. Where a failure was expected and seen, that counts only
// once its controls have shown that it is not there without its cause.
func (c *Campaign) judged(cell *plan.Cell, j record.Judgement) {
	c.mu.Lock()
	_, again := c.measured[cell.Address]
	if !again {
		c.measured[cell.Address] = j
	}
	c.mu.Unlock()
	if again {
		return
	}
	if j.Status != record.Passed || cell.Plan.Expect != record.Never || cell.Plan.Canary || cell.Plan.Side != "" {
		c.publish(cell, j)
		return
	}
	c.pending.Go(func() {
		verdict.AddControls(&j, cell.Rule.Evidence, c.controls(cell))
		c.publish(cell, j)
	})
}

// publish writes a cell's judgement, once.
func (c *Campaign) publish(cell *plan.Cell, j record.Judgement) {
	r := c.results[cell.Address]
	r.once.Do(func() {
		if c.Waive != nil && !cell.Plan.Canary {
			j = c.Waive(cell.Address, j)
		}
		e := record.Event{Kind: record.CellJudged, Target: cell.Target.Name, Cell: cell.Address, Verdict: &j}
		c.Log.Write(e)
		if cell.Plan.Canary {
			e.Kind = record.CanaryChecked
			c.Log.Write(e)
		}
		r.value = j
		close(r.ready)
	})
}

func (c *Campaign) inconclusive(cell *plan.Cell, why string) {
	c.judged(cell, Unjudged(cell, errors.New(why)))
}

// absent says whether a target's pod did not come up for want of an image that its file expects may not be had.
func absent(t *fixtures.Target, why error) bool {
	return t.Optional && errors.Is(why, image.ErrAbsent)
}

// Failed is the event of a pod that did not come up, and why: an observation where that had to be expected.
func Failed(t *fixtures.Target, pod string, why error) record.Event {
	kind := record.PodFailed
	if absent(t, why) {
		kind = record.Observed
	}
	return record.Event{Kind: kind, Target: t.Name, Pod: pod, Note: why.Error()}
}

// Unjudged is what is said of a cell of which nothing could be told, and why: inconclusive, or not-run
// where its target's file expects that its image may not be had.
func Unjudged(cell *plan.Cell, why error) record.Judgement {
	if absent(cell.Target, why) {
		return record.Judgement{Verdict: record.NotRun, Expect: cell.Plan.Expect, Status: record.Skipped,
			Message: fmt.Sprintf("not-run: image %s %v", cell.Target.Image, image.ErrAbsent)}
	}
	return record.Judgement{Verdict: record.Inconclusive, Expect: cell.Plan.Expect, Status: record.Unknown, Message: "inconclusive: " + why.Error()}
}
