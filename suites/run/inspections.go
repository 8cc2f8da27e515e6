package run

import (
	"sync"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// inspection is the autopsy of a running worker of a healthy target. ready is closed when it is over.
type inspection struct {
	once  sync.Once
	ready chan struct{}
	found *record.Autopsy
	why   string // found is nil for this reason
}

// end publishes the findings; the first call counts.
func (i *inspection) end(found *record.Autopsy, why string) {
	i.once.Do(func() {
		i.found, i.why = found, why
		close(i.ready)
	})
}

// inspectionsOf creates an inspection for each unit that the plan inspects. The keys are the addresses of the cells.
func inspectionsOf(p *plan.Plan) map[string]*inspection {
	all := map[string]*inspection{}
	for _, b := range p.Batches {
		for _, u := range b.Units {
			if u.Inspect == nil {
				continue
			}
			one := &inspection{ready: make(chan struct{})}
			for _, cell := range u.Cells {
				all[cell.Address] = one
			}
		}
	}
	// A pod without a cell to inspect has the same server as the target's other pods: it uses their inspection.
	first := map[*target.Target]*inspection{}
	for _, cell := range p.Cells {
		if one := all[cell.Address]; one != nil && first[cell.Target] == nil {
			first[cell.Target] = one
		}
	}
	for _, cell := range p.Cells {
		if one := first[cell.Target]; one != nil && all[cell.Address] == nil {
			all[cell.Address] = one
		}
	}
	return all
}

// EndInspection publishes the autopsy that was planned for a cell, or why there is none; the first call counts.
func (p *Pod) EndInspection(cell *plan.Cell, found *record.Autopsy, why string) {
	if i := p.execution.inspections[cell.Address]; i != nil {
		i.end(found, why)
	}
}

// endInspections ends the inspections that did not take place.
func (e *Execution) endInspections() {
	for _, i := range e.inspections {
		i.end(nil, "the run ended before it")
	}
}
