// Package plan lays out a run before anything of it happens: which cells there
// are, what is expected of each, and how they are spread over pods and waves.
package plan

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"stalemate/attackers"
	"stalemate/fixtures"
	"stalemate/reports/record"
)

// TimeoutSuite is the name of the suite that holds connections.
const TimeoutSuite = "timeouts"

// Cell is one target, listener, stage and mode; or, of the start suite, one target and scenario.
type Cell struct {
	Address  string // edge/tls/tls.client-hello/trickle, edge/startup/unclean-same-pid
	Target   *fixtures.Target
	Listener fixtures.Listener
	Stage    attackers.StageInfo
	Mode     record.Mode
	Rule     fixtures.LimitRule
	Plan     record.Plan
	Scenario *fixtures.Scenario // of the start suite: then nothing below and no listener, stage, mode or rule
	Watch    time.Duration      // from parked: what a hold is watched for at most
	Trickle  time.Duration      // for how long bytes are trickled, 0 to the end
}

// Plan is a whole run.
type Plan struct {
	Targets []*fixtures.Target
	Cells   []*Cell
	Waves   []Wave
	Starts  []StartUnit       // beside the waves
	Files   []string          // every target file that was read, also where nothing of it is kept
	Scopes  []string          // what --only left out of each file, for the report
	Notices []string          // what every report is to tell about it
	Waivers *fixtures.Waivers // nil for none
	match   func(address string) bool
}

// Make plans the cells of all targets, of which it keeps those that are selected, and what proves them; canaries are
// kept always, and a target of which nothing is kept is not in the plan. Every fault of every file is in the error.
func Make(targets []*fixtures.Target, selected Selection) (*Plan, error) {
	match, err := Pattern(selected.Only)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	var faults []error
	var all []*Cell
	targets, freshOf := withFresh(targets)
	for _, t := range targets {
		if other, taken := names[t.Name]; taken {
			faults = append(faults, fmt.Errorf("%s: the name %q is taken by %s: give each target its own", t.File, t.Name, other))
			continue
		}
		names[t.Name] = t.File
		cells, err := cellsOf(t)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		all = append(append(all, cells...), startCells(t)...)
		if c := waveCell(t); c != nil {
			all = append(all, c)
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	pair(all, freshOf)
	left := map[string]bool{}
	for _, c := range all {
		left[c.Address] = selected.leaves(c)
	}
	p := &Plan{match: func(address string) bool { return match(address) && !left[address] }}
	keep := chosen(all, p.match)
	for _, t := range targets {
		if t.Canary == "" && !slices.Contains(p.Files, t.File) {
			p.Files = append(p.Files, t.File)
		}
	}
	p.keep(all, keep)
	nameFiles(p.Cells)
	p.notice(idlePolicy(targets))
	p.notice(leftOut(slices.DeleteFunc(all, func(c *Cell) bool { return keep[c] || !left[c.Address] }), func(c *Cell) string { return c.Address }))
	return p, nil
}

// keep makes those cells the plan's, in that order.
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
	p.Waves = Waves(p.Cells, 1)
}

// Of is the plan with the cells of one suite alone, and the canaries.
func (p *Plan) Of(suite string) *Plan {
	part := *p
	keep := map[*Cell]bool{}
	for _, c := range p.Cells {
		keep[c] = c.Plan.Suite == suite || c.Plan.Canary
	}
	part.keep(p.Cells, keep)
	return &part
}

// Chosen says whether a cell of that address was left in on purpose, or would have been if there were one.
func (p *Plan) Chosen(address string) bool { return p.match(address) }

// Counted is how many cells there are, and how many canaries beside them.
func (p *Plan) Counted() string {
	canaries := 0
	for _, c := range p.Cells {
		if c.Plan.Canary {
			canaries++
		}
	}
	return record.CountedCells(len(p.Cells)-canaries, canaries)
}
