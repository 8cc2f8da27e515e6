package plan

import (
	"fmt"
	"slices"
	"strings"
)

// Extent is how much a run carries out of what the target files have.
type Extent int

const (
	// Usual leaves out the scenarios that a file leaves to a thorough run, unless they prove another cell.
	Usual Extent = iota
	// Thorough leaves out nothing.
	Thorough
)

// Selection says which cells a run carries out. The zero value is the usual run of all targets.
type Selection struct {
	Only   string // pattern of addresses: what it matches is carried out whatever the extent; "" for none
	Extent Extent // without Only
}

// everywhere says whether the selection is not by a pattern.
func (s Selection) everywhere() bool { return strings.TrimSpace(s.Only) == "" }

// leaves says whether the selection leaves the cell to a thorough run.
func (s Selection) leaves(c *Cell) bool {
	return s.everywhere() && s.Extent == Usual && c.Thorough()
}

// Nothing is the error of a selection that leaves no cell of what is named, a target file for instance.
func (s Selection) Nothing(named string) error {
	if s.everywhere() {
		return fmt.Errorf("every cell of %s is left to a thorough run: give --thorough", named)
	}
	return fmt.Errorf("--only %q matches no cell of %s: `stalemate list` shows all addresses", s.Only, named)
}

// Thorough says whether the cell's file leaves it to a thorough run.
func (c *Cell) Thorough() bool {
	return c.Scenario != nil && c.Target.Leftovers.IsThorough(c.Scenario.Name)
}

// leftOut says how many cells are left to a thorough run, and of which targets; "" for none. Cells with one key, such
// as the same scenario on both sides of a comparison, count once.
func leftOut(cells []*Cell, key func(*Cell) string) string {
	counted := map[string]bool{}
	var names []string
	for _, c := range cells {
		counted[key(c)] = true
		if !slices.Contains(names, c.Target.Name) {
			names = append(names, c.Target.Name)
		}
	}
	if len(counted) == 0 {
		return ""
	}
	what := "scenarios of starts are"
	if len(counted) == 1 {
		what = "scenario of starts is"
	}
	return fmt.Sprintf("%d %s left to a thorough run (--thorough): %s", len(counted), what, Named(names))
}
