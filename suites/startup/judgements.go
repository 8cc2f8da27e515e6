package startup

import (
	"fmt"
	"sync"

	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/run"
	"stalemate/suites/verdict"
)

// judgements keeps each cell's own judgement until those of its controls are known.
type judgements struct {
	tools   *run.Background
	own     map[string]*posted
	pending sync.WaitGroup
}

type posted struct {
	once  sync.Once
	ready chan struct{}
	judged
}

// judged is the judgement of a cell: for itself, and as the control of others.
type judged struct{ value, asControl record.Judgement }

// alike is a judgement that counts for the cell and as a control.
func alike(j record.Judgement) judged { return judged{j, j} }

func newJudgements(tools *run.Background) *judgements {
	all := &judgements{tools: tools, own: map[string]*posted{}}
	for _, u := range tools.Plan().Starts {
		for _, c := range u.Cells {
			all.own[c.Address] = &posted{ready: make(chan struct{})}
		}
	}
	return all
}

// post gives a cell its own judgement. The first one counts.
func (all *judgements) post(cell *plan.Cell, came judged) {
	own := all.own[cell.Address]
	own.once.Do(func() {
		own.judged = came
		close(own.ready)
		all.pending.Go(func() {
			j := came.value
			for _, address := range cell.Plan.Controls {
				control := all.own[address]
				if control == nil {
					j = verdict.WithControl(j, address, record.Judgement{}, false)
					continue
				}
				<-control.ready // every cell is posted in the end
				j = verdict.WithControl(j, address, control.asControl, true)
				if control.value.Status != control.asControl.Status {
					j.Evidence = append(j.Evidence, fmt.Sprintf("the control %s: %s", address, control.value.Message))
				}
			}
			all.tools.Judge(cell, j)
		})
	})
}

func (all *judgements) wait() { all.pending.Wait() }
