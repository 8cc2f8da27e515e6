// Package startup is the suite that lets servers die and asserts that they come
// back: with the PID that they had, with another, and with what the dead one left in the way.
package startup

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"stalemate/containers/pod"
	"stalemate/reports/record"
	"stalemate/suites/campaign"
	"stalemate/suites/plan"
	"stalemate/suites/verdict"
)

// burnedAtMost bounds the PIDs that a run burns: each takes one of the host's too, whose
// cursor then comes around. One start at PID 32768 takes 32768 of them.
const burnedAtMost = 20_000_000

// Work carries out the scenarios of the plan. It is a campaign.Work.
func Work(ctx context.Context, tools *campaign.Tools) {
	b := newBoard(tools)
	budget := pod.NewBudget(burnedAtMost)
	// Those that take longest come first, so that none of them is left alone at the end.
	units := slices.Clone(tools.Plan().Starts)
	slices.SortStableFunc(units, func(a, b plan.StartUnit) int { return b.Incarnations() - a.Incarnations() })
	places := newPlaces(tools.Alone())
	defer places.close()
	var all sync.WaitGroup
	for _, one := range units {
		give := places.take()
		all.Go(func() {
			defer give()
			u := &unit{StartUnit: one, tools: tools, board: b, budget: budget}
			if err := u.run(ctx); err != nil {
				u.emit(campaign.Failed(u.Target, u.Name, err))
				for _, cell := range one.Cells {
					b.post(cell, campaign.Unjudged(cell, err))
				}
			}
		})
	}
	all.Wait()
	b.wait()
}

// board keeps each cell's own judgement until that of its control is known as well.
type board struct {
	tools *campaign.Tools
	own   map[string]*posted
	all   sync.WaitGroup
}

type posted struct {
	once  sync.Once
	ready chan struct{}
	value record.Judgement
}

func newBoard(tools *campaign.Tools) *board {
	b := &board{tools: tools, own: map[string]*posted{}}
	for _, u := range tools.Plan().Starts {
		for _, c := range u.Cells {
			b.own[c.Address] = &posted{ready: make(chan struct{})}
		}
	}
	return b
}

// post gives a cell its own judgement. The first one counts.
func (b *board) post(cell *plan.Cell, j record.Judgement) {
	own := b.own[cell.Address]
	own.once.Do(func() {
		own.value = j
		close(own.ready)
		b.all.Go(func() {
			for _, address := range cell.Plan.Controls {
				control := b.own[address]
				if control == nil {
					j = verdict.WithControl(j, address, record.Judgement{}, false)
					continue
				}
				<-control.ready // every cell is posted in the end
				j = verdict.WithControl(j, address, control.value, true)
			}
			b.tools.Judge(cell, j)
		})
	})
}

func (b *board) wait() { b.all.Wait() }

func quoted(argv []string) string { return fmt.Sprintf("%q", argv) }
