package plan

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
)

// Comparison plans repeats of two builds of one server: the baseline and the candidate.
type Comparison struct {
	Selection                // its Only may use the addresses of both files
	Baseline  *target.Target // nil if a saved log replaces it
	Candidate *target.Target
	Canaries  []*target.Target
	Among     func(name string) bool // restricts the cells further, by their addresses without the target; nil: all
	From      int                    // number of the first repeat; 1 in a first run
	Repeats   int                    // pods of each side, for each cell
}

// sideTarget is the name of the target for one repeat of one side. It has a dot, which the name in a file cannot have.
func sideTarget(name string, side record.Side, repeat int) string {
	return fmt.Sprintf("%s.%s-%d", name, side, repeat)
}

var sideName = regexp.MustCompile(`^([^/.]+)\.` + string(record.Candidate) + `-[0-9]+(/.*)?$`)

// AddressInFile turns the address of a candidate's cell into its address in the target file. It leaves any other address as it is.
func AddressInFile(address string) string { return sideName.ReplaceAllString(address, "$1$2") }

// Make plans the comparison. Each repeat of each side is a separate target in separate pods, so that repeats are independent. The
// two sides of a repeat are in the same batch, so that a disturbance affects both.
func (c Comparison) Make() (*Plan, error) {
	addresses := c.addresses()
	match, err := c.picks(addresses)
	if err != nil {
		return nil, err
	}
	left := c.leftToThorough()
	chosen := func(address string) bool {
		_, name, _ := strings.Cut(address, "/")
		return match(address) && !isWaveAddress(address) && !left["/"+name]
	}
	p := &Plan{selected: c.Selection, all: addresses, match: chosen, Notices: c.wavesNotCompared(match)}
	for _, t := range []*target.Target{c.Baseline, c.Candidate} {
		if t != nil { // nil if a saved log replaces the side
			p.Files = append(p.Files, t.File)
		}
	}
	cells := map[record.Side][]*Cell{}
	var faults []error
	for _, side := range []record.Side{record.Baseline, record.Candidate} {
		selected, err := c.cells(side, chosen)
		// Both sides may have the same file: report its fault once.
		if err != nil && !slices.ContainsFunc(faults, func(other error) bool { return other.Error() == err.Error() }) {
			faults = append(faults, err)
		}
		cells[side] = selected
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	groups := [][]Unit{}
	for _, t := range c.Canaries {
		canary, err := cellsOf(t)
		if err != nil {
			return nil, err
		}
		groups = append(groups, p.add(t, canary))
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
	p.Batches = packGroups(groups)
	p.Starts = startUnits(p.Targets, p.Cells)
	p.notice(noticeUnusedPolicy([]*target.Target{c.Baseline, c.Candidate}))
	p.notice(noticeLeftOut(slices.DeleteFunc(c.starts(), func(cell *Cell) bool { return !left[cell.withoutTarget()] }), (*Cell).withoutTarget))
	return p, nil
}

// Again plans the same number of further repeats, for the cells that among selects, or for all if it is nil. It has no canaries,
// because the first repeats have checked them.
func (c Comparison) Again(among func(name string) bool) Comparison {
	c.Canaries, c.Among, c.From = nil, among, c.From+c.Repeats
	return c
}

// leftToThorough are the cells that only a thorough run has, by their addresses without the target. If one file has a cell in
// every run, the comparison has it on both sides.
func (c Comparison) leftToThorough() map[string]bool {
	left := map[string]bool{}
	for _, cell := range c.starts() {
		others, known := left[cell.withoutTarget()]
		left[cell.withoutTarget()] = (others || !known) && c.leavesToThorough(cell)
	}
	return left
}

// addresses are the addresses of all cells of both files.
func (c Comparison) addresses() []string {
	var all []string
	for _, side := range []record.Side{record.Baseline, record.Candidate} {
		t := c.target(side)
		if t == nil {
			continue
		}
		all = append(append(all, Addresses(t)...), StartAddresses(t)...)
		if wave := waveCell(t); wave != nil {
			all = append(all, wave.Address)
		}
	}
	return all
}

// starts are the cells of both sides in the startup suite.
func (c Comparison) starts() []*Cell {
	var cells []*Cell
	for _, side := range []record.Side{record.Baseline, record.Candidate} {
		if t := c.target(side); t != nil {
			cells = append(cells, startCells(t)...)
		}
	}
	return cells
}

// wavesNotCompared are notices about the waves of the two files, because a comparison does not run them.
func (c Comparison) wavesNotCompared(match func(string) bool) []string {
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

// cells are the selected cells of one side.
func (c Comparison) cells(side record.Side, chosen func(string) bool) ([]*Cell, error) {
	t := c.target(side)
	if t == nil {
		return nil, nil
	}
	once := *t
	once.Repeat = 1 // each repeat is a pod
	all, err := cellsOf(&once)
	if err != nil {
		return nil, err
	}
	// A comparison holds each cell in many pods. What costs a pod or more time of its own is check's.
	all = slices.DeleteFunc(all, func(cell *Cell) bool { return slices.Contains(perLimit(), cell.Mode) })
	all = append(all, startCells(&once)...)
	numberLines(all)
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
		return nil, c.noCellError(t.File+" that can be compared", addressesOf(all))
	}
	return kept, nil
}

func (c Comparison) target(side record.Side) *target.Target {
	if side == record.Baseline {
		return c.Baseline
	}
	return c.Candidate
}

// repeat adds one repeat of one side to the plan, and returns its units.
func (p *Plan) repeat(t *target.Target, side record.Side, repeat int, cells []*Cell) []Unit {
	if len(cells) == 0 {
		return nil
	}
	repeated := *t
	repeated.Name, repeated.Repeat = sideTarget(t.Name, side, repeat), 1
	var copies []*Cell
	for _, cell := range cells {
		copied := *cell
		copied.Target, copied.Address = &repeated, repeated.Name+strings.TrimPrefix(cell.Address, t.Name)
		copied.Plan.Side, copied.Plan.Repeat, copied.Plan.Overrides = side, repeat, t.Overrides
		copied.Plan.Controls = nil // the control is the same scenario of the other build
		copies = append(copies, &copied)
	}
	return p.add(&repeated, copies)
}

// add adds a target and its cells to the plan, and returns the units of its held connections.
func (p *Plan) add(t *target.Target, cells []*Cell) []Unit {
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

// packGroups packs groups of units into batches. The units of a group stay in one batch.
func packGroups(groups [][]Unit) []Batch {
	var all []Batch
	for _, group := range groups {
		if len(group) == 0 {
			continue
		}
		if len(all) == 0 || len(all[len(all)-1].Units)+len(group) > maxPods {
			all = append(all, Batch{Number: len(all) + 1, Whole: true})
		}
		last := &all[len(all)-1]
		last.Units = append(last.Units, group...)
	}
	return all
}
