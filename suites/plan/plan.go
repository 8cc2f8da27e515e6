// Package plan plans a run before anything starts. It derives cells from target files, plans what is expected of each cell, and
// packs the cells into pods and batches.
//
// Read plan.go first. Cells come from cells.go (held connections), starts.go and exhaustion.go; controls.go adds their controls,
// selection.go reduces them, batches.go packs them, and compare.go plans two builds of one server.
package plan

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"stalemate/attackers/stages"
	"stalemate/fixtures/target"
	"stalemate/fixtures/target/pattern"
	"stalemate/reports/record"
)

// TimeoutSuite is the name of the suite that holds connections.
const TimeoutSuite = "timeouts"

// Cell is the smallest unit that is judged: one target, listener, stage and mode. In the startup and exhaustion suites it is one
// target and scenario.
type Cell struct {
	Address  string // edge/tls/tls.client-hello/trickle, edge/startup/unclean-same-pid
	Target   *target.Target
	Listener target.Listener
	Stage    stages.Stage
	Mode     record.Mode
	Rule     target.LimitRule
	Plan     record.Plan
	Scenario *target.Scenario // of the startup suite; such a cell has no listener, stage, mode, rule, watch or trickle
	After    bool             // it asks the server when its holds are over, see AfterServes; like a Scenario, it holds nothing itself
	Watch    time.Duration    // how long a hold is watched at most, after it is parked
	Trickle  time.Duration    // how long bytes are trickled; 0: until the end
	Delay    time.Duration    // how much later than the others of its pod its connections begin

	// Examine has the process looked at that still keeps a hold when the watch is over, although nothing has to end it.
	Examine bool

	thorough bool // only a thorough run has it, whatever the file says
}

// Plan is a whole run.
type Plan struct {
	Targets []*target.Target
	Cells   []*Cell
	Batches []Batch
	Starts  []StartUnit     // the work of the startup suite, while the batches hold
	Files   []string        // every target file that was read, also one without a kept cell
	Notices []string        // every report shows them
	Waivers *target.Waivers // nil for none
	PartOf  *record.Shard   // of which plan this is a shard; nil: it is whole

	selected Selection
	all      []string // addresses of all cells, kept or not
	match    func(address string) bool
}

// Make plans the cells of all targets. It keeps the selected cells, their controls and all canaries, and drops a target without a
// kept cell. Its error has every fault of every file.
func Make(targets []*target.Target, selected Selection) (*Plan, error) {
	if _, err := selected.picks(nil); err != nil {
		return nil, err
	}
	names := map[string]string{}
	var faults []error
	var all []*Cell
	targets, unprepared := addUnprepared(targets)
	for _, t := range targets {
		if other, used := names[t.Name]; used {
			faults = append(faults, fmt.Errorf("%s: %s has the name %q too: give each target a different name", t.File, other, t.Name))
			continue
		}
		names[t.Name] = t.File
		cells, err := cellsOf(t)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if after := afterCell(t); after != nil {
			cells = append(cells, after)
		}
		all = append(append(all, cells...), startCells(t)...)
		if c := waveCell(t); c != nil {
			all = append(all, c)
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	numberLines(all)
	nameControls(all, unprepared)
	left := map[string]bool{}
	for _, c := range all {
		left[c.Address] = selected.leavesToThorough(c)
	}
	leaveAfter(all, left)
	addresses := addressesOf(all)
	match, err := selected.picks(addresses)
	if err != nil {
		return nil, err
	}
	p := &Plan{selected: selected, all: addresses, match: func(address string) bool { return match(address) && !left[address] }}
	keep := keptCells(all, p.match)
	for _, t := range targets {
		if t.Canary == "" && !slices.Contains(p.Files, t.File) {
			p.Files = append(p.Files, t.File)
		}
	}
	p.keep(all, keep)
	addControlFiles(p.Cells)
	p.notice(noticeUnusedPolicy(targets))
	p.notice(noticeLeftOut(slices.DeleteFunc(all, func(c *Cell) bool { return keep[c] || c.After || !left[c.Address] }), func(c *Cell) string { return c.Address }))
	return p, nil
}

// keep reduces the plan to those cells, in their order.
func (p *Plan) keep(cells []*Cell, keep map[*Cell]bool) {
	p.Targets, p.Cells = nil, nil
	for _, c := range cells {
		if !keep[c] {
			continue
		}
		if n := len(p.Targets); n == 0 || p.Targets[n-1] != c.Target {
			p.Targets = append(p.Targets, c.Target)
		}
		p.Cells = append(p.Cells, c)
	}
	p.Starts = startUnits(p.Targets, p.Cells)
	p.Batches = Batches(p.Cells, 1)
}

// OnlySuite is the plan with the cells of one suite and the canaries.
func (p *Plan) OnlySuite(suite string) *Plan {
	part := *p
	keep := map[*Cell]bool{}
	for _, c := range p.Cells {
		keep[c] = c.Plan.Suite == suite || c.Plan.Canary
	}
	part.keep(p.Cells, keep)
	return &part
}

// Chosen says whether the selection contains a cell, which does not need to exist. Of a waiver's pattern, it says whether the
// selection contains one of the cells that the pattern matches.
func (p *Plan) Chosen(cell string) bool {
	picks, err := pattern.Parse(cell)
	if err != nil || slices.Contains(p.all, cell) || !slices.ContainsFunc(p.all, picks.Exactly) {
		return p.match(cell)
	}
	return slices.ContainsFunc(p.all, func(address string) bool { return picks.Exactly(address) && p.match(address) })
}

// HasCell says whether one of the files has such a cell, selected or not. covers is given addresses as the files have them.
func (p *Plan) HasCell(covers func(address string) bool) bool {
	return slices.ContainsFunc(p.all, func(address string) bool { return covers(AddressInFile(address)) })
}

// NoCellError is the error of a plan without a cell. named is what has no selected cell, for instance the target files.
func (p *Plan) NoCellError(named string) error { return p.selected.noCellError(named, p.all) }

// Counted says how many cells and how many canaries the plan has.
func (p *Plan) Counted() string {
	canaries := 0
	for _, c := range p.Cells {
		if c.Plan.Canary {
			canaries++
		}
	}
	return record.CountedCells(len(p.Cells)-canaries, canaries)
}
