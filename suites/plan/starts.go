package plan

import (
	"fmt"
	"strings"

	"stalemate/fixtures"
	"stalemate/reports/record"
)

// StartupSuite is the name of the suite that kills servers and starts them again.
const StartupSuite = "startup"

// otherPIDs is from where the PIDs of incarnations come that are to have another than any before.
const otherPIDs = 5000

// StartUnit is what one pod does for the start suite: scenarios of one target, one after the other.
type StartUnit struct {
	Name   string
	Target *fixtures.Target
	Cells  []*Cell
}

// Incarnations is how many starts the unit makes.
func (u StartUnit) Incarnations() int {
	n := 0
	for _, c := range u.Cells {
		n += starts(c.Scenario)
	}
	return n
}

// StartPodsAtOnce bounds the pods of the start suite. Each start is work for the engine, not waiting:
// more of them would only queue there.
const StartPodsAtOnce = 6

// StartPodsBesideWaves is the same while pods of waves are to be started, for whose holds everything else waits.
const StartPodsBesideWaves = 3

// startsAUnit is how many starts one pod makes at most, unless a single scenario has more: about a second each.
const startsAUnit = 14

// StartAddress is the address of a scenario of a target.
func StartAddress(t *fixtures.Target, scenario string) string {
	return strings.Join([]string{t.Name, StartupSuite, scenario}, "/")
}

// StartAddresses lists the cells of a target in the start suite.
func StartAddresses(t *fixtures.Target) []string {
	var all []string
	for _, s := range Scenarios(t) {
		all = append(all, StartAddress(t, s.Name))
	}
	return all
}

// Scenarios are those of the target's file, or the usual three: every start is then expected to serve.
func Scenarios(t *fixtures.Target) []fixtures.Scenario {
	l := t.Leftovers
	if l == nil {
		return nil
	}
	if len(l.Scenarios) > 0 {
		return l.Scenarios
	}
	start := func(pid int) fixtures.LeftoverStep {
		return fixtures.LeftoverStep{Start: &pid, Times: 1, Expect: record.Starts}
	}
	kill, stop := fixtures.LeftoverStep{Kill: true, Times: 1}, fixtures.LeftoverStep{Stop: true, Times: 1}
	clean, other, same := []fixtures.LeftoverStep{start(0)}, []fixtures.LeftoverStep{start(0)}, []fixtures.LeftoverStep{start(0)}
	for i := range l.Cycles {
		clean = append(clean, stop, start(0))
		other = append(other, kill, start(otherPIDs+i))
		same = append(same, kill, start(0))
	}
	scenarios := []fixtures.Scenario{{Name: fixtures.CleanStop, Because: "a stop leaves nothing in the way", Steps: clean}}
	if t.RestartAs == "bare" {
		return append(scenarios, fixtures.Scenario{Name: fixtures.SamePID, Because: "it died uncleanly, and is PID 1 again", Controls: []string{fixtures.CleanStop}, Steps: same})
	}
	return append(scenarios,
		fixtures.Scenario{Name: fixtures.OtherPID, Because: "it died uncleanly, and comes back with another PID", Controls: []string{fixtures.CleanStop}, Steps: other},
		fixtures.Scenario{Name: fixtures.SamePID, Because: "it died uncleanly, and comes back with the same PID", Controls: []string{fixtures.OtherPID}, Steps: same})
}

// startCells plans the cells of one target's starts.
func startCells(t *fixtures.Target) []*Cell {
	var cells []*Cell
	for _, s := range Scenarios(t) {
		scenario := s
		c := &Cell{Address: StartAddress(t, s.Name), Target: t, Scenario: &scenario}
		c.Plan = record.Plan{Suite: StartupSuite, Scenario: s.Name, File: t.File, Overrides: t.Overrides, Expect: worst(s), Reason: s.Because}
		for _, control := range s.Controls {
			if !strings.Contains(control, "/") {
				control = StartAddress(t, control)
			}
			c.Plan.Controls = append(c.Plan.Controls, control)
		}
		cells = append(cells, c)
	}
	return cells
}

// worst is what a scenario comes to: refuses where any step refuses, else what its last judged step does.
func worst(s fixtures.Scenario) record.Verdict {
	last := record.Starts
	for _, step := range s.Steps {
		if step.Expect == record.Refuses {
			return record.Refuses
		}
		if step.Expect != "" {
			last = step.Expect
		}
	}
	return last
}

// starts is how many incarnations a scenario has.
func starts(s *fixtures.Scenario) int {
	n := 0
	for _, step := range s.Steps {
		if step.Start != nil {
			n += step.Times
		}
	}
	return n
}

// startUnits packs the scenarios of each target into pods, in their order.
func startUnits(targets []*fixtures.Target, cells []*Cell) []StartUnit {
	var units []StartUnit
	for _, t := range targets {
		var mine []StartUnit
		load := 0
		for _, c := range cells {
			if c.Target != t || c.Scenario == nil {
				continue
			}
			if n := starts(c.Scenario); len(mine) == 0 || load+n > startsAUnit {
				mine, load = append(mine, StartUnit{Target: t}), 0
			}
			load += starts(c.Scenario)
			mine[len(mine)-1].Cells = append(mine[len(mine)-1].Cells, c)
		}
		for i := range mine {
			mine[i].Name = fmt.Sprintf("%s-start-%d", t.Name, i+1)
		}
		units = append(units, mine...)
	}
	return units
}
