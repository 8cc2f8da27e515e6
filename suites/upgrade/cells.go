package upgrade

import (
	"slices"
	"sync"

	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/verdict"
)

// cells collects, from the run's log, what each repeat of each cell showed.
type cells struct {
	saved map[string][]*record.Cell // the baseline's, by name, where it is from an earlier run

	mu        sync.Mutex
	events    map[string][]record.Event // by the repeat's address
	addresses map[string][]string       // of a cell's repeats on both sides, by its name
}

func newCells(saved []record.Event) *cells {
	c := &cells{saved: map[string][]*record.Cell{}, events: map[string][]record.Event{}, addresses: map[string][]string{}}
	for _, cell := range verdict.SavedCells(saved) {
		c.saved[cell.Within()] = append(c.saved[cell.Within()], cell)
	}
	return c
}

// expect notes the repeats of a plan, and gives the names of their cells in the plan's order.
func (c *cells) expect(p *plan.Plan) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var names []string
	for _, cell := range p.Cells {
		if cell.Plan.Side == "" {
			continue // a canary
		}
		name := nameOf(cell)
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		c.addresses[name] = append(c.addresses[name], cell.Address)
		c.events[cell.Address] = nil
	}
	return names
}

// hear takes in an event of the log. Observations are not used for judging, and there are many.
func (c *cells) hear(e record.Event) {
	if e.Cell == "" || e.Kind == record.Observed {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, expected := c.events[e.Cell]; expected {
		c.events[e.Cell] = append(c.events[e.Cell], e)
	}
}

// repeats are the addresses of a cell's repeats on both sides.
func (c *cells) repeats(name string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.addresses[name])
}

// sides are the repeats of a cell, as the log has them by now.
func (c *cells) sides(name string) (baseline, candidate []*record.Cell) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var events []record.Event
	for _, address := range c.addresses[name] {
		events = append(events, c.events[address]...)
	}
	baseline = c.saved[name]
	for _, cell := range record.Summarise(events).Cells() {
		switch cell.Plan.Side {
		case record.Baseline:
			baseline = append(baseline, cell)
		case record.Candidate:
			candidate = append(candidate, cell)
		}
	}
	return baseline, candidate
}
