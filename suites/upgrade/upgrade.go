// Package upgrade is the suite that holds two builds of one server at the same time and asserts that no cell of the new
// build got worse.
package upgrade

import (
	"slices"
	"strings"
	"time"

	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/verdict"
)

// Upgrade is a comparison of two builds before anything of it runs.
type Upgrade struct {
	plan.Comparison
	First *plan.Plan     // what runs first
	Again *plan.Plan     // the most that can run once more: every cell
	Saved []record.Event // of an earlier run, which stands for the baseline; none where both builds run
}

// Saved picks from an earlier run the events that stand for the baseline, given which addresses are compared.
type Saved func(chosen func(address string) bool) ([]record.Event, error)

// New plans a comparison. saved is nil where both builds run.
func New(c plan.Comparison, saved Saved) (*Upgrade, error) {
	u := &Upgrade{Comparison: c}
	var err error
	if u.First, err = c.Make(); err != nil {
		return nil, err
	}
	if u.Again, err = c.Again(nil).Make(); err != nil {
		return nil, err
	}
	if saved != nil {
		u.Saved, err = saved(u.First.Chosen)
	}
	return u, err
}

// AtMost is how long the run takes where servers hold for ever in some repeats alone, and every cell is held once more.
func (u *Upgrade) AtMost() time.Duration {
	sum := u.First.Estimate().AtMost + u.Again.Estimate().AtMost
	return (sum + time.Second - 1).Truncate(time.Second) // rounded up: it is a bound
}

// Cell is one that is compared.
type Cell struct {
	Name    string // its address without the target's name: all repeats of both builds have it in common
	Target  string // the candidate's
	Address string // as the candidate's target file has it
	Plan    record.Plan
}

// Cells are those that are compared, each once: the candidate's in the order of the plan, then those of the baseline alone.
func (u *Upgrade) Cells() []Cell {
	var cells []Cell
	add := func(name string, p record.Plan) {
		if !slices.ContainsFunc(cells, func(c Cell) bool { return c.Name == name }) {
			cells = append(cells, Cell{Name: name, Target: u.Candidate.Name, Address: u.Candidate.Name + "/" + name, Plan: p})
		}
	}
	for _, side := range []record.Side{record.Candidate, record.Baseline} {
		for _, c := range u.First.Cells {
			if c.Plan.Side == side {
				add(nameOf(c), c.Plan)
			}
		}
	}
	for _, c := range verdict.SavedCells(u.Saved) {
		add(c.Within(), c.Plan)
	}
	return cells
}

// nameOf is the address of a planned cell without its target's name.
func nameOf(c *plan.Cell) string { return strings.TrimPrefix(c.Address, c.Target.Name+"/") }
