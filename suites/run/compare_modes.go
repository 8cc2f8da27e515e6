package run

import (
	"slices"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/verdict"
)

// compareModes waits until the cell of the same stage in another mode is measured, and adds to a cell's judgement what the two say
// together. Every cell is measured at the end of the run, so that this always returns.
func (e *Execution) compareModes(cell *plan.Cell, j record.Judgement, other string) record.Judgement {
	<-e.results[other].measured
	e.mu.Lock()
	measured := e.measured[other]
	e.mu.Unlock()
	if cell.Mode == record.Silent {
		verdict.AddAlone(&j, cell.Plan, other, measured)
	} else {
		verdict.AddSilent(&j, cell.Mode, other, measured)
	}
	return j
}

// comparedWith is the address of the cell of the run with which a judgement is compared: that of the same stage which is silent, or
// which is alone. It is "" if there is none.
func (e *Execution) comparedWith(cell *plan.Cell, j record.Judgement) string {
	other := ""
	switch {
	case cell.Mode != record.Silent && j.Status == record.Failed:
		other = target.SilentAddress(cell.Address)
	case cell.Mode == record.Silent && slices.ContainsFunc(j.Holds, func(h record.HoldResult) bool { return h.EndedWith != "" }):
		other = target.AloneAddress(cell.Address)
	}
	if other == cell.Address || e.results[other] == nil {
		return ""
	}
	return other
}
