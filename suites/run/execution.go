package run

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"stalemate/containers/engine"
	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// Config is what an execution works with.
type Config struct {
	RunID    string
	Engine   *engine.Engine
	Images   Images
	StartPod StartPod
	Log      *record.Log
	Plan     *plan.Plan
	Suites   []Suite
	// Waive may accept a failure; nil accepts none.
	Waive func(address string, j record.Judgement) record.Judgement
	// RetryUntil is when the last attempt at a cell has to be over; zero for no such moment.
	RetryUntil time.Time
}

// Execution carries out a plan. It starts the pods of each batch and keeps the judgement of each cell. It returns no error:
// whatever fails makes the cells concerned inconclusive.
type Execution struct {
	Config
	results     map[string]*result     // by address
	inspections map[string]*inspection // by address; the cells of one target share an inspection
	after       map[*target.Target]*afterHolds
	pending     sync.WaitGroup // cells that wait for their controls
	started     atomic.Bool
	ended       atomic.Value // func() error of the context that Start was given: why the run ended early; nil error: it did not
	done        chan struct{}
	stalls      stalls

	mu       sync.Mutex
	measured map[string]record.Judgement // by address, before the controls are known
	retries  []*plan.Cell                // cells to be held once more
	warm     []*plan.Cell                // cells to be held once more when the server has started workers for them
	attempts map[*plan.Cell]int          // that were discarded
}

// NewExecution prepares an execution. Start starts it.
func NewExecution(c Config) *Execution {
	e := &Execution{Config: c, results: map[string]*result{}, done: make(chan struct{}),
		measured: map[string]record.Judgement{}, attempts: map[*plan.Cell]int{}}
	e.inspections, e.after = inspectionsOf(c.Plan), afterHoldsOf(c.Plan)
	for _, cell := range c.Plan.Cells {
		e.results[cell.Address] = newResult()
	}
	return e
}

// Start logs the plan and carries it out in the background, until every cell is judged, ctx ends, or the engine is given up.
func (e *Execution) Start(ctx context.Context) {
	e.started.Store(true)
	done := func() {}
	if e.Engine != nil {
		ctx, done = e.Engine.While(ctx)
	}
	e.ended.Store(func() error { return context.Cause(ctx) })
	e.logPlan()
	go func() {
		defer close(e.done)
		defer done()
		watching, stop := context.WithCancel(ctx)
		defer stop()
		go e.stalls.watch(watching)
		e.carryOut(ctx)
	}()
}

// carryOut is the whole execution. It returns when every pod is removed and every cell has its judgement.
func (e *Execution) carryOut(ctx context.Context) {
	images := e.buildImages(ctx)
	background := newBackgroundWork(e, images)
	batches := newBatchQueue(images, e.Plan.Batches, 1)
	e.runBatches(ctx, batches, func() {
		background.begin(ctx)
		if !batches.left() {
			background.announceLastBatchHolds()
		}
	})
	background.begin(ctx) // a plan without batches has not begun it yet
	background.announceLastBatchHolds()
	background.wait()
	<-images.built
	e.runRetries(ctx, images, batches.given+1) // last, when nothing else loads the machine
	e.judgeRest()
	e.endInspections()
	e.pending.Wait()
}

// Wait returns when every pod of the execution is removed: at once if it was never started.
func (e *Execution) Wait() {
	if e.started.Load() {
		<-e.done
	}
}

func (e *Execution) logPlan() {
	for _, cell := range e.Plan.Cells {
		planned := cell.Plan
		e.Log.Write(record.Event{Kind: record.CellPlanned, Target: cell.Target.Name, Cell: cell.Address, Plan: &planned})
	}
}
