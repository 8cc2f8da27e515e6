package compare

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"stalemate/reports/record"
)

// Saved picks from an earlier log what stands for the baseline: the baseline of its
// last comparison, or of its last check the target of that name, or its only one. Of
// its cells those stay that are chosen, by their addresses as the target of that name
// would have them: what the candidate is not held in cannot be compared. The canaries
// stay, since without them the run proved nothing.
func Saved(events []record.Event, target string, chosen func(address string) bool) ([]record.Event, error) {
	runs := record.Runs(events)
	for _, run := range slices.Backward(runs) {
		s := record.Summarise(run)
		part := part{canaries: map[string]bool{}, cells: map[string]bool{}}
		for _, t := range s.Targets {
			part.take(t, func(cell *record.Cell) bool {
				return cell.Plan.Side == "" && !hasSide(s, record.Candidate) || cell.Plan.Side == record.Baseline
			})
		}
		if len(part.names) == 0 {
			continue // a comparison whose baseline was itself saved: that run stands beside it
		}
		if !hasSide(s, record.Baseline) && len(part.names) > 1 {
			if !slices.Contains(part.names, target) {
				return nil, fmt.Errorf("it holds the targets %s, and none is called %s", strings.Join(part.names, ", "), target)
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
			return nil, errors.New("it has no cell that is to be compared: choose others, or give the log of a run that held them")
		}
		return part.of(run), nil
	}
	return nil, errors.New("no cell in it was planned")
}

// part says what of a run is picked.
type part struct {
	names    []string // of targets, in the order of the run
	canaries map[string]bool
	cells    map[string]bool // by address: whether it is picked
}

// take takes in a target's cells, so far as they are wanted.
func (p *part) take(t *record.Target, wanted func(*record.Cell) bool) {
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

// of leaves the events of what is picked, and those of the run itself.
func (p *part) of(run []record.Event) []record.Event {
	var kept []record.Event
	for _, e := range run {
		name := e.Target
		if name == "" {
			name, _, _ = strings.Cut(e.Cell, "/")
		}
		picked, planned := p.cells[e.Cell]
		mine := slices.Contains(p.names, name) && (picked || !planned) // what was never planned is a fault of the log, which must be seen
		if name == "" || p.canaries[name] || mine {
			kept = append(kept, e)
		}
	}
	return kept
}
