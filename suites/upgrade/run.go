package upgrade

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/run"
	"stalemate/suites/verdict"
)

// Execution carries out a plan: it judges every cell of it, also when its context ends before.
type Execution interface {
	Start(ctx context.Context)
	Result(ctx context.Context, address string) (record.Judgement, error)
	Wait()
}

// Run carries out an upgrade's comparison: it holds every cell of both builds, holds those once more whose
// repeats disagree, and writes the outcome of each cell into the log as soon as both sides are settled.
type Run struct {
	upgrade *Upgrade
	log     *record.Log
	logPath string
	first   Execution
	execute func(p *plan.Plan) Execution // of the second round
	failOn  record.Severity
	cells   *cells
	done    chan struct{}
	err     error // set before done is closed

	mu       sync.Mutex
	outcomes map[string]record.Compared // by name
	settled  chan struct{}              // closed, and made anew, whenever an outcome is there
}

// Open prepares the run. Nothing has started when it returns. The session's execution is that of the upgrade's first plan.
// A cell that got worse by less than failOn does not count; "" counts all.
func (u *Upgrade) Open(s *run.Session, failOn record.Severity) *Run {
	again := func(p *plan.Plan) Execution {
		config := s.Execution.Config
		config.Plan = p
		return run.NewExecution(config)
	}
	return open(u, s.Log, s.LogPath, failOn, s.Execution, again)
}

func open(u *Upgrade, log *record.Log, path string, failOn record.Severity, first Execution, again func(*plan.Plan) Execution) *Run {
	r := &Run{upgrade: u, log: log, logPath: path, first: first, execute: again, failOn: failOn, cells: newCells(u.Saved),
		done: make(chan struct{}), outcomes: map[string]record.Compared{}, settled: make(chan struct{})}
	log.Subscribe(r.hear)
	return r
}

// hear takes in an event of the log.
func (r *Run) hear(e record.Event) {
	r.cells.hear(e)
	if e.Kind != record.CellCompared || e.Compared == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.outcomes[e.Compared.Cell] = *e.Compared
	close(r.settled)
	r.settled = make(chan struct{})
}

// Start begins in the background. It ends when every cell has its outcome.
func (r *Run) Start(ctx context.Context) {
	go func() {
		defer close(r.done)
		r.err = r.carryOut(ctx)
	}()
}

// Wait returns when every pod is gone and every cell has its outcome, or with why not.
func (r *Run) Wait() error {
	<-r.done
	return r.err
}

// Outcome waits for the outcome of a cell.
func (r *Run) Outcome(ctx context.Context, cell Cell) (record.Compared, error) {
	name := cell.Name
	for over := false; ; {
		r.mu.Lock()
		outcome, known := r.outcomes[name]
		settled := r.settled
		r.mu.Unlock()
		switch {
		case known:
			return outcome, nil
		case over && r.err != nil:
			return outcome, fmt.Errorf("compare cell %s: %w", name, r.err)
		case over:
			return outcome, fmt.Errorf("cell %s is not in this comparison", name)
		}
		select {
		case <-settled:
		case <-r.done:
			over = true
		case <-ctx.Done():
			return outcome, fmt.Errorf("wait for the outcome of cell %s: %w", name, ctx.Err())
		}
	}
}

// carryOut holds every cell, and those once more that are not settled then.
func (r *Run) carryOut(ctx context.Context) error {
	unsettled := r.round(ctx, r.first, r.upgrade.First)
	var fault error
	if len(unsettled) > 0 && ctx.Err() == nil {
		fault = r.again(ctx, unsettled)
	}
	// What is left has no second round, or is in a saved baseline alone. The builds are known by now as well.
	events, err := record.ReadFile(r.logPath)
	if err != nil {
		return err
	}
	for _, e := range verdict.Outcomes(events) {
		e.T = 0 // now
		r.log.Write(e)
	}
	return fault
}

// again holds cells once more, in as many pods of each build.
func (r *Run) again(ctx context.Context, unsettled []string) error {
	r.log.Write(record.Event{Kind: record.Observed, Note: "held once more, since repeats disagree: " + strings.Join(unsettled, ", ")})
	wanted := map[string]bool{}
	for _, name := range unsettled {
		wanted[name] = true
	}
	p, err := r.upgrade.Comparison.Again(func(name string) bool { return wanted[name] }).Make()
	if err != nil {
		return fmt.Errorf("plan the second round: %w", err)
	}
	r.round(ctx, r.execute(p), p)
	return nil
}

// round carries out a plan, and writes the outcome of each cell that is settled. It returns those that are not when every
// pod is gone.
func (r *Run) round(ctx context.Context, execution Execution, p *plan.Plan) (unsettled []string) {
	names := r.cells.expect(p)
	open := make([]bool, len(names))
	execution.Start(ctx)
	var all sync.WaitGroup
	for i, name := range names {
		all.Go(func() { open[i] = !r.settle(ctx, execution, name) })
	}
	all.Wait()
	execution.Wait()
	for i, name := range names {
		if open[i] {
			unsettled = append(unsettled, name)
		}
	}
	return unsettled
}

// settle waits until every repeat of a cell is judged, and writes its outcome if that is settled.
func (r *Run) settle(ctx context.Context, execution Execution, name string) bool {
	for _, address := range r.cells.repeats(name) {
		// The execution judges every cell, also when ctx is over: it then says that the run ended before.
		if _, err := execution.Result(context.WithoutCancel(ctx), address); err != nil {
			continue // a repeat of the first round: judged already
		}
	}
	baseline, candidate := r.cells.sides(name)
	if verdict.Unsettled(baseline, candidate) {
		return false
	}
	outcome := verdict.Compare(name, baseline, candidate, r.failOn)
	r.log.Write(record.Event{Kind: record.CellCompared, Compared: &outcome})
	return true
}
