package verdict

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"stalemate/reports/record"
)

// Saved picks from an earlier log the events that are the baseline now: those of the baseline of its last comparison,
// or of one target of its last check. That is the target of that name, or the only one. Saved keeps the cells that
// chosen accepts, by the addresses that the target of that name would give them: a cell that the candidate is not held
// in cannot be compared. It keeps the canaries: without them the earlier run proved nothing.
func Saved(events []record.Event, target string, chosen func(address string) bool) ([]record.Event, error) {
	runs := record.Runs(events)
	for _, run := range slices.Backward(runs) {
		s := record.Summarise(run)
		part := savedPart{canaries: map[string]bool{}, cells: map[string]bool{}}
		for _, t := range s.Targets {
			part.take(t, func(cell *record.Cell) bool {
				return cell.Plan.Side == "" && !hasSide(s, record.Candidate) || cell.Plan.Side == record.Baseline
			})
		}
		if len(part.names) == 0 {
			continue // a comparison whose baseline was itself saved: the log has that run as well
		}
		if !hasSide(s, record.Baseline) && len(part.names) > 1 {
			if !slices.Contains(part.names, target) {
				return nil, fmt.Errorf("the log has the targets %s and no target %s", strings.Join(part.names, ", "), target)
			}
			part.names = []string{target}
		}
		kept := 0
		for address := range part.cells {
			name, within, _ := strings.Cut(address, "/")
			part.cells[address] = slices.Contains(part.names, name) && chosen(target+"/"+within)
			if part.cells[address] {
				kept++
			}
		}
		if kept == 0 {
			return nil, errors.New("the log has none of the selected cells: select others with --only, or give the log of a run that has them")
		}
		return part.of(run), nil
	}
	return nil, errors.New("the log has no cell: give the log of a check or of a comparison")
}

// savedPart says what of a run is picked.
type savedPart struct {
	names    []string // of targets, in the order of the run
	canaries map[string]bool
	cells    map[string]bool // by address: whether it is picked
}

// take adds a target's canaries, and those of its cells that are wanted.
func (p *savedPart) take(t *record.Target, wanted func(*record.Cell) bool) {
	for _, cell := range t.Cells() {
		switch {
		case cell.Plan.Canary:
			p.canaries[t.Name] = true
		case wanted(cell):
			p.cells[cell.Address] = true
			if !slices.Contains(p.names, t.Name) {
				p.names = append(p.names, t.Name)
			}
		}
	}
}

// of gives the events of what is picked, and those of the run itself.
func (p *savedPart) of(run []record.Event) []record.Event {
	var kept []record.Event
	for _, e := range run {
		switch {
		case e.Build != nil, e.Compared != nil: // with the candidate of that time
		case e.Kind == record.SpecsEnded && e.Spec != nil:
			kept = append(kept, p.specsEnded(e, run))
		case p.keeps(e):
			kept = append(kept, e)
		}
	}
	return kept
}

// keeps says whether an event is of what is picked, or of the run itself.
func (p *savedPart) keeps(e record.Event) bool {
	name := e.Target
	if name == "" {
		name, _, _ = strings.Cut(e.Cell, "/")
	}
	picked, planned := p.cells[e.Cell]
	mine := slices.Contains(p.names, name) && (picked || !planned) // what was never planned is a fault of the log, which must be seen
	return name == "" || p.canaries[name] || mine
}

// specsEnded is the end of Ginkgo's suites for what is picked. A suite that failed only because of other specs succeeded.
func (p *savedPart) specsEnded(e record.Event, run []record.Event) record.Event {
	picked, others := false, false // whether a spec failed
	for _, one := range run {
		if one.Kind == record.SpecEnded && one.Spec != nil && one.Spec.State == record.SpecFailed {
			picked, others = picked || p.keeps(one), others || !p.keeps(one)
		}
	}
	s := *e.Spec
	s.Succeeded = s.Succeeded || others && !picked
	e.Spec = &s
	return e
}
