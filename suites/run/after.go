package run

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"stalemate/fixtures/target"
	"stalemate/suites/plan"
	"stalemate/suites/verdict"
)

// afterHolds collects what the pods of a target came to when their holds were over. The cell is judged when every pod has told,
// also those in which a cell is held again: a later pod never takes back what an earlier one has shown.
type afterHolds struct {
	cell *plan.Cell

	mu      sync.Mutex
	awaited int // pods that have not told
	pods    []verdict.After
	failed  error // of a pod that told nothing, if no pod told anything
}

// afterHoldsOf has one for each target with such a cell.
func afterHoldsOf(p *plan.Plan) map[*target.Target]*afterHolds {
	all := map[*target.Target]*afterHolds{}
	for _, cell := range p.Cells {
		if cell.After {
			all[cell.Target] = &afterHolds{cell: cell}
		}
	}
	expectAfter(all, p.Batches)
	return all
}

// expectAfter expects the pods of further batches to tell.
func expectAfter(all map[*target.Target]*afterHolds, batches []plan.Batch) {
	for _, b := range batches {
		for _, u := range b.Units {
			if a := all[u.Target]; a != nil && u.Suite == plan.TimeoutSuite {
				a.mu.Lock()
				a.awaited++
				a.mu.Unlock()
			}
		}
	}
}

// After is the cell that asks the server of this pod when its holds are over; nil for none.
func (p *Pod) After() *plan.Cell {
	if a := p.execution.after[p.Unit.Target]; a != nil && p.Unit.Suite == plan.TimeoutSuite {
		return a.cell
	}
	return nil
}

// TellAfter takes what this pod came to, once.
func (p *Pod) TellAfter(told verdict.After) {
	if p.After() == nil {
		return
	}
	told.Pod = p.Unit.Name
	p.told.Do(func() {
		p.toldWrong = told.Wrong()
		p.execution.tellAfter(p.Unit.Target, told, nil)
	})
}

// tellNothing says that the pod failed before it could tell.
func (p *Pod) tellNothing(why error) {
	if p.After() != nil {
		p.told.Do(func() {
			p.execution.tellAfter(p.Unit.Target, verdict.After{Pod: p.Unit.Name, Unproven: why.Error()}, why)
		})
	}
}

func (e *Execution) tellAfter(t *target.Target, told verdict.After, why error) {
	a := e.after[t]
	a.mu.Lock()
	a.awaited--
	a.pods = append(a.pods, told)
	if a.failed == nil {
		a.failed = why
	}
	a.mu.Unlock()
	e.judgeAfter(a)
}

// judgeAfter judges the cell if every pod has told and none of the target's cells is to be held again.
func (e *Execution) judgeAfter(a *afterHolds) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.awaited > 0 || e.holdsAgain(a.cell.Target) {
		return
	}
	if len(a.pods) > 0 && optionalAndMissing(a.cell.Target, a.failed) {
		e.judge(a.cell, NotJudged(a.cell, a.failed))
		return
	}
	e.judge(a.cell, verdict.AfterHolds(a.cell.Plan, a.pods))
}

// holdsAgain says whether a cell of the target waits for another attempt.
func (e *Execution) holdsAgain(t *target.Target) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.ContainsFunc(slices.Concat(e.retries, e.warm), func(cell *plan.Cell) bool { return cell.Target == t })
}

// FreshSuffix ends the name of a pod that StartFresh starts.
const FreshSuffix = "-never-held"

// StartFresh starts another pod of the same target, in the same state, in which nothing was held. Close it after use.
func (p *Pod) StartFresh(ctx context.Context) (*Pod, error) {
	unit := p.Unit
	unit.Name += FreshSuffix
	fresh := &Pod{execution: p.execution, Unit: unit, images: p.images, releaseStartSlot: func() {}, awaitBatch: func() {}}
	if err := fresh.start(ctx); err != nil {
		if fresh.Server != nil {
			fresh.close()
		}
		return nil, fmt.Errorf("start a fresh server of target %s: %w", p.Unit.Target.Name, err)
	}
	return fresh, nil
}

// End removes a fresh pod.
func (p *Pod) End() { p.close() }
