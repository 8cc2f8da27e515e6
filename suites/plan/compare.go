package plan

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"stalemate/fixtures"
	"stalemate/reports/record"
)

// Comparison says what a comparison plans: some repeats of two builds of one server.
type Comparison struct {
	Selection                  // Only by the addresses of either file
	Baseline  *fixtures.Target // nil: a saved log stands for it
	Candidate *fixtures.Target
	Canaries  []*fixtures.Target
	Among     func(name string) bool // further restricts the cells, by their names without the target's; nil: all
	From      int                    // the first repeat's number, 1 in a first run
	Repeats   int                    // pods of each side for each cell
}

// sideTarget is the name of the target that is one repeat of a side. A file's own name has no dot.
func sideTarget(name string, side record.Side, repeat int) string {
	return fmt.Sprintf("%s.%s-%d", name, side, repeat)
}

var sideName = regexp.MustCompile(`^([^/.]+)\.` + string(record.Candidate) + `-[0-9]+(/.*)?$`)

// Plain is the address of a comparison's cell as the candidate's target file has it. Any other address stays as it is.
func Plain(address string) string { return sideName.ReplaceAllString(address, "$1$2") }

// Make plans the comparison. Each repeat of each side is a target of its own, in
// pods of its own, so that repeats are independent; the two sides of one repeat
// stand beside each other in one wave, so that what disturbs one disturbs both.
func (c Comparison) Make() (*Plan, error) {
	match, err := Pattern(c.Only)
	if err != nil {
		return nil, err
	}
	left := c.left()
	chosen := func(address string) bool {
		_, name, _ := strings.Cut(address, "/")
		return match(address) && !ofWave(address) && !left["/"+name]
	}
	p := &Plan{match: chosen, Notices: c.waves(match)}
	for _, t := range []*fixtures.Target{c.Baseline, c.Candidate} {
		if t != nil { // a saved log may stand for a side
			p.Files = append(p.Files, t.File)
		}
	}
	cells := map[record.Side][]*Cell{}
	var faults []error
	for _, side := range []record.Side{record.Baseline, record.Candidate} {
		mine, err := c.cells(side, chosen)
		// Both sides may have one file, and its fault is then one.
		if err != nil && !slices.ContainsFunc(faults, func(other error) bool { return other.Error() == err.Error() }) {
			faults = append(faults, err)
		}
		cells[side] = mine
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	groups := [][]Unit{}
	for _, t := range c.Canaries {
		own, err := cellsOf(t)
		if err != nil {
			return nil, err
		}
		groups = append(groups, p.add(t, own))
	}
	for repeat := c.From; repeat < c.From+c.Repeats; repeat++ {
		before := p.repeat(c.Baseline, record.Baseline, repeat, cells[record.Baseline])
		after := p.repeat(c.Candidate, record.Candidate, repeat, cells[record.Candidate])
		for i := range max(len(before), len(after)) {
			var pair []Unit
			if i < len(before) {
				pair = append(pair, before[i])
			}
			if i < len(after) {
				pair = append(pair, after[i])
			}
			groups = append(groups, pair)
		}
	}
	p.Waves = together(groups)
	p.Starts = startUnits(p.Targets, p.Cells)
	p.notice(idlePolicy([]*fixtures.Target{c.Baseline, c.Candidate}))
	p.notice(leftOut(slices.DeleteFunc(c.starts(), func(cell *Cell) bool { return !left[cell.within()] }), (*Cell).within))
	return p, nil
}

// Again is what is held once more: as many pods of each side, for the cells whose names among
// picks, or all where it is nil. The canaries of a run are caught once.
func (c Comparison) Again(among func(name string) bool) Comparison {
	c.Canaries, c.Among, c.From = nil, among, c.From+c.Repeats
	return c
}

// left are the cells that are left to a thorough run, by their names without the targets'. What the file of one side
// wants in every run is compared: the other side has to have it too.
func (c Comparison) left() map[string]bool {
	left := map[string]bool{}
	for _, cell := range c.starts() {
		others, known := left[cell.within()]
		left[cell.within()] = (others || !known) && c.leaves(cell)
	}
	return left
}

// starts are the cells of both sides in the start suite, as their files have them.
func (c Comparison) starts() []*Cell {
	var cells []*Cell
	for _, side := range []record.Side{record.Baseline, record.Candidate} {
		if t := c.target(side); t != nil {
			cells = append(cells, startCells(t)...)
		}
	}
	return cells
}

// waves says which waves of the two files are not run: a comparison holds connections
// and starts servers, and a wave does neither.
func (c Comparison) waves(match func(string) bool) []string {
	var notices []string
	for _, side := range []record.Side{record.Baseline, record.Candidate} {
		t := c.target(side)
		if t == nil {
			continue
		}
		if wave := waveCell(t); wave != nil && match(wave.Address) {
			notices = append(notices, wave.Address+" is not compared: `stalemate check` runs it")
		}
	}
	return slices.Compact(notices)
}

// cells are those of one side, as its file has them.
func (c Comparison) cells(side record.Side, chosen func(string) bool) ([]*Cell, error) {
	t := c.target(side)
	if t == nil {
		return nil, nil
	}
	once := *t
	once.Repeat = 1 // repeats are pods
	all, err := cellsOf(&once)
	if err != nil {
		return nil, err
	}
	all = append(all, startCells(&once)...)
	var kept []*Cell
	for _, cell := range all {
		if chosen(cell.Address) && (c.Among == nil || c.Among(strings.TrimPrefix(cell.Address, t.Name+"/"))) {
			kept = append(kept, cell)
		}
	}
	switch {
	case len(kept) > 0 || c.Among != nil:
	case len(all) == 0:
		return nil, fmt.Errorf("%s has no cell that can be compared: give it limits or leftovers", t.File)
	default:
		return nil, c.Nothing(t.File + " that can be compared")
	}
	return kept, nil
}

func (c Comparison) target(side record.Side) *fixtures.Target {
	if side == record.Baseline {
		return c.Baseline
	}
	return c.Candidate
}

// repeat adds one repeat of one side.
func (p *Plan) repeat(t *fixtures.Target, side record.Side, repeat int, cells []*Cell) []Unit {
	if len(cells) == 0 {
		return nil
	}
	own := *t
	own.Name, own.Repeat = sideTarget(t.Name, side, repeat), 1
	var mine []*Cell
	for _, cell := range cells {
		copied := *cell
		copied.Target, copied.Address = &own, own.Name+strings.TrimPrefix(cell.Address, t.Name)
		copied.Plan.Side, copied.Plan.Repeat, copied.Plan.Overrides = side, repeat, t.Overrides
		copied.Plan.Controls = nil // the same scenario on the other build is the control
		mine = append(mine, &copied)
	}
	return p.add(&own, mine)
}

// add takes a target with its cells into the plan and gives the units that it needs.
func (p *Plan) add(t *fixtures.Target, cells []*Cell) []Unit {
	p.Targets = append(p.Targets, t)
	p.Cells = append(p.Cells, cells...)
	var held []*Cell
	for _, cell := range cells {
		if cell.Scenario == nil {
			held = append(held, cell)
		}
	}
	return unitsOf(t, held)
}

// together packs groups of units into waves, without taking a group apart.
func together(groups [][]Unit) []Wave {
	var all []Wave
	for _, group := range groups {
		if len(group) == 0 {
			continue
		}
		if len(all) == 0 || len(all[len(all)-1].Units)+len(group) > podsAtOnce {
			all = append(all, Wave{Number: len(all) + 1})
		}
		last := &all[len(all)-1]
		last.Units = append(last.Units, group...)
	}
	return all
}
