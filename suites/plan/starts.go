package plan

import (
	"fmt"
	"strings"
	"time"

	"stalemate/fixtures/target"
	"stalemate/fixtures/target/steps"
	"stalemate/reports/record"
)

// StartupSuite is the name of the suite that kills servers and starts them again.
const StartupSuite = "startup"

const (
	// firstOtherPID is the first PID of the incarnations that must have a new PID.
	firstOtherPID = 5000
	// otherPIDStep lies between the PIDs of two such incarnations. The children of a main process have PIDs some way above it, as it
	// comes: with neighbouring main PIDs a daemon could get the PID that the dead daemon had.
	otherPIDStep = 100
)

// StartUnit is the work of one pod in the startup suite: scenarios of one target, one after the other.
type StartUnit struct {
	Name   string
	Target *target.Target
	Cells  []*Cell
}

// Incarnations is how often the unit starts the server.
func (u StartUnit) Incarnations() int {
	n := 0
	for _, c := range u.Cells {
		n += starts(c.Scenario)
	}
	return n
}

// Lasting is for how long the starts of the unit have to last, one after the other.
func (u StartUnit) Lasting() time.Duration {
	all := time.Duration(0)
	for _, c := range u.Cells {
		for _, step := range c.Scenario.Steps {
			if start, is := step.(*steps.Start); is {
				all += start.Lasting(u.Target.Leftovers.Stays)
			}
		}
	}
	return all
}

// MaxStartPods is how many pods of the startup suite run at the same time. Each start is work for the container engine, which would
// queue more of them.
const MaxStartPods = 6

// MaxStartPodsDuringBatches is the same while pods of batches still start, because the whole run waits for their holds.
const MaxStartPodsDuringBatches = 3

// maxStartsPerPod is how many starts one pod makes at most, about a second each. A single scenario may have more.
const maxStartsPerPod = 14

// StartAddress is the address of a scenario of a target.
func StartAddress(t *target.Target, scenario string) string {
	return strings.Join([]string{t.Name, StartupSuite, scenario}, "/")
}

// StartAddresses are the addresses of a target's cells in the startup suite.
func StartAddresses(t *target.Target) []string {
	var all []string
	for _, s := range Scenarios(t) {
		all = append(all, StartAddress(t, s.Name))
	}
	return all
}

// Scenarios are the scenarios of the target's file. Without any, they are the usual ones, where every start is expected to serve.
func Scenarios(t *target.Target) []target.Scenario {
	l := t.Leftovers
	if l == nil {
		return nil
	}
	if len(l.Scenarios) > 0 {
		return l.Scenarios
	}
	start := func(pid int) steps.Step {
		return &steps.Start{PID: pid, Outcome: steps.Outcome{Expect: record.Starts}}
	}
	kill, stop := &steps.Kill{}, &steps.Stop{}
	clean, other, same := []steps.Step{start(0)}, []steps.Step{start(0)}, []steps.Step{start(0)}
	for i := range l.Cycles {
		clean = append(clean, stop, start(0))
		other = append(other, kill, start(firstOtherPID+otherPIDStep*i))
		same = append(same, kill, start(0))
	}
	scenarios := []target.Scenario{{Name: target.CleanStop, Because: "a stop leaves nothing in the way", Steps: clean}}
	if t.RestartAs == "bare" {
		return append(scenarios, target.Scenario{Name: target.SamePID, Because: "it died uncleanly, and is PID 1 again", Controls: []string{target.CleanStop}, Steps: same})
	}
	return append(scenarios,
		target.Scenario{Name: target.OtherPID, Because: "it died uncleanly, and starts again with another PID", Controls: []string{target.CleanStop}, Steps: other},
		target.Scenario{Name: target.SamePID, Because: "it died uncleanly, and starts again with the same PID", Controls: []string{target.OtherPID}, Steps: same})
}

// startCells plans the cells of a target in the startup suite.
func startCells(t *target.Target) []*Cell {
	var cells []*Cell
	for _, s := range Scenarios(t) {
		scenario := s
		c := &Cell{Address: StartAddress(t, s.Name), Target: t, Scenario: &scenario}
		c.Plan = record.Plan{Suite: StartupSuite, Scenario: s.Name, File: t.File, Overrides: t.Overrides, Expect: expectedOutcome(s), Reason: s.Because}
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

// expectedOutcome is refuses if any step of a scenario refuses, else the outcome of its last judged step.
func expectedOutcome(s target.Scenario) record.Verdict {
	last := record.Starts
	for _, step := range s.Steps {
		if step.Expects() == record.Refuses {
			return record.Refuses
		}
		if step.Expects() != "" {
			last = step.Expects()
		}
	}
	return last
}

// starts is how often a scenario starts the server.
func starts(s *target.Scenario) int {
	n := 0
	for _, step := range s.Steps {
		n += step.Starts()
	}
	return n
}

// startUnits packs the scenarios of each target into pods, in order.
func startUnits(targets []*target.Target, cells []*Cell) []StartUnit {
	var units []StartUnit
	for _, t := range targets {
		var mine []StartUnit
		load := 0
		for _, c := range cells {
			if c.Target != t || c.Scenario == nil {
				continue
			}
			if n := starts(c.Scenario); len(mine) == 0 || load+n > maxStartsPerPod {
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
