package startup

import (
	"context"
	"slices"
	"sync"

	"stalemate/containers/pod"
	"stalemate/fixtures/target"
	"stalemate/suites/plan"
	"stalemate/suites/run"
)

// burnedAtMost bounds the PIDs that a run allocates and throws away. Each advances the host's PID counter too.
// One start at PID 32768 takes 32768 of them.
const burnedAtMost = 20_000_000

// targetsOf are the targets of units, in their order.
func targetsOf(units []plan.StartUnit) []*target.Target {
	var all []*target.Target
	for _, u := range units {
		all = append(all, u.Target)
	}
	return all
}

// work carries out the scenarios of the plan, while the batches of other suites go on.
func work(ctx context.Context, tools *run.Background) {
	judgements := newJudgements(tools)
	budget := pod.NewBudget(burnedAtMost)
	// The longest come first, so that none of them runs alone at the end.
	units := slices.Clone(tools.Plan().Starts)
	slices.SortStableFunc(units, func(a, b plan.StartUnit) int { return b.Incarnations() - a.Incarnations() })
	limit := newParallelLimit(tools.LastBatchHolds())
	defer limit.close()
	var all sync.WaitGroup
	for len(units) > 0 {
		done := limit.take()
		next := tools.Await(targetsOf(units))
		one := units[next]
		units = slices.Delete(units, next, next+1)
		all.Go(func() {
			defer done()
			u := &scenarioPod{StartUnit: one, tools: tools, judgements: judgements, budget: budget, limit: limit}
			if err := run.Survive(func() error { return u.run(ctx) }); err != nil {
				u.emit(run.PodFailure(u.Target, u.Name, err))
				for _, cell := range one.Cells {
					judgements.post(cell, alike(run.NotJudged(cell, err)))
				}
			}
		})
	}
	all.Wait()
	judgements.wait()
}
