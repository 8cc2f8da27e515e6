package run

import (
	"stalemate/suites/plan"
	"stalemate/suites/verdict"
)

// awaitControls waits for the judgements and inspections of a cell's controls. Every cell is judged at the end of the run, so
// that this always returns.
func (e *Execution) awaitControls(cell *plan.Cell) []verdict.Control {
	var all []verdict.Control
	for _, address := range cell.Plan.Controls {
		r := e.results[address]
		if r == nil {
			all = append(all, verdict.Control{Address: address})
			continue
		}
		<-r.ready
		control := verdict.Control{Address: address, Judgement: r.value, Why: "no inspection was planned"}
		if i := e.inspections[address]; i != nil {
			<-i.ready
			control.Inspected, control.Why = i.found, i.why
		}
		all = append(all, control)
	}
	return all
}
