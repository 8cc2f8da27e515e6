package plan

import (
	"fmt"
	"slices"
	"strings"

	"stalemate/fixtures/target/pattern"
	"stalemate/reports/record"
)

// Extent is how many of the scenarios in the target files a run carries out.
type Extent int

const (
	// Usual leaves out the scenarios that a file marks as thorough, unless they are controls of another cell.
	Usual Extent = iota
	// Thorough leaves out nothing.
	Thorough
)

// Selection says which cells a run carries out. The zero value is the usual run of all targets.
type Selection struct {
	Only   string // pattern of addresses, which overrides the extent; "" for none
	Extent Extent // ignored with Only
}

// withoutPattern says whether Only is empty.
func (s Selection) withoutPattern() bool { return strings.TrimSpace(s.Only) == "" }

// leavesToThorough says whether the selection leaves the cell out, as only a thorough run has it.
func (s Selection) leavesToThorough(c *Cell) bool {
	return s.withoutPattern() && s.Extent == Usual && c.Thorough()
}

// picks returns the function that says whether the selection contains an address. addresses are those of all cells of the run.
func (s Selection) picks(addresses []string) (func(address string) bool, error) {
	if s.withoutPattern() {
		return func(string) bool { return true }, nil
	}
	p, err := pattern.Parse(s.Only)
	if err != nil {
		return nil, fmt.Errorf("--only %q: %w: write the beginning of an address, or [listener/]stage[/mode], and | between alternatives", s.Only, err)
	}
	return p.Among(addresses), nil
}

// noCellError is the error of a selection without a cell. named is what has no selected cell, for instance a target file, and
// addresses are those of all its cells.
func (s Selection) noCellError(named string, addresses []string) error {
	if s.withoutPattern() {
		return fmt.Errorf("every cell of %s is left to a thorough run: give --thorough", named)
	}
	err := fmt.Errorf("--only %q matches no cell of %s: `stalemate list` shows all addresses", s.Only, named)
	p, malformed := pattern.Parse(s.Only)
	if malformed != nil {
		return err
	}
	for _, a := range p.Alternatives() {
		for _, reads := range []func(pattern.Alternative, string) bool{pattern.Alternative.FromTarget, pattern.Alternative.InTarget} {
			if meant := a.Nearest(addresses, reads); meant != "" {
				return fmt.Errorf("%w; did you mean %q?", err, meant)
			}
		}
	}
	return err
}

// addressesOf are the addresses of the cells.
func addressesOf(cells []*Cell) []string {
	var all []string
	for _, c := range cells {
		all = append(all, c.Address)
	}
	return all
}

// Thorough says whether only a thorough run has the cell.
func (c *Cell) Thorough() bool {
	if c.Scenario != nil {
		return c.Target.Leftovers.IsThorough(c.Scenario.Name)
	}
	return c.thorough || slices.Contains(c.Target.Thorough, c.Mode)
}

// noticeLeftOut says how many cells of which targets are left to a thorough run; "" for none. Cells with the same key count once,
// for instance the same scenario of both sides of a comparison.
func noticeLeftOut(cells []*Cell, key func(*Cell) string) string {
	starts, holds := map[string]bool{}, map[string]bool{}
	var names []string
	for _, c := range cells {
		counted := holds
		if c.Scenario != nil {
			counted = starts
		}
		counted[key(c)] = true
		if !slices.Contains(names, c.Target.Name) {
			names = append(names, c.Target.Name)
		}
	}
	var parts []string
	if n := len(starts); n > 0 {
		parts = append(parts, record.Counted(n, "scenario")+" of starts")
	}
	if n := len(holds); n > 0 {
		parts = append(parts, record.Counted(n, "held cell"))
	}
	are := "are"
	switch len(starts) + len(holds) {
	case 0:
		return ""
	case 1:
		are = "is"
	}
	return fmt.Sprintf("%s %s left to a thorough run (--thorough): %s", strings.Join(parts, " and "), are, NameFew(names))
}
