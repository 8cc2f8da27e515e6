package plan

import (
	"fmt"
	"slices"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
)

// AfterServes is the address, without the target, of the cell that asks the server when its holds are over.
const AfterServes = "after/serves"

// serves is its scenario, in labels.
const serves = "serves"

// AfterAddress is the address of a target's cell after its holds; "" for a target without one.
func AfterAddress(t *target.Target) string {
	if c := afterCell(t); c != nil {
		return c.Address
	}
	return ""
}

// afterCell plans the cell after the holds of a target; nil for a target without holds, and for a canary, of which it is known that
// it serves.
func afterCell(t *target.Target) *Cell {
	if t.Canary != "" || len(Addresses(t)) == 0 {
		return nil
	}
	c := &Cell{Address: fmt.Sprintf("%s/%s", t.Name, AfterServes), Target: t, After: true}
	c.Plan = record.Plan{Suite: TimeoutSuite, Scenario: serves, File: t.File, Overrides: t.Overrides, Expect: record.Serves,
		Reason: "after the holds, the same server answers at every listener and serves as many connections as before"}
	return c
}

// isHeld says whether the cell's connections are held.
func (c *Cell) isHeld() bool { return c.Plan.Suite == TimeoutSuite && !c.After }

// leaveAfter leaves to a thorough run the cell after the holds of each target whose holds are all left to one.
func leaveAfter(cells []*Cell, left map[string]bool) {
	for _, c := range cells {
		if c.After && !slices.ContainsFunc(cells, func(other *Cell) bool { return other.Target == c.Target && other.isHeld() && !left[other.Address] }) {
			left[c.Address] = true
		}
	}
}

// withHolds adds the held cells of each target of which only the cell after the holds is kept: it is about them. Those in modes that
// have one cell for each limit are not needed.
func withHolds(cells []*Cell, keep map[*Cell]bool) {
	for _, c := range cells {
		held := func(other *Cell) bool { return other.Target == c.Target && other.isHeld() }
		if !keep[c] || !c.After || slices.ContainsFunc(cells, func(other *Cell) bool { return keep[other] && held(other) }) {
			continue
		}
		for _, other := range cells {
			keep[other] = keep[other] || held(other) && !slices.Contains(perLimit(), other.Mode)
		}
	}
}
