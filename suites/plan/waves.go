package plan

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"stalemate/fixtures"
)

const (
	// podsAtOnce bounds the pods of a wave: each is four containers, and more of them start slower than they save waiting.
	podsAtOnce = 16
	// podsBesideStarts is the same where the start suite goes on beside the waves, and takes half of the machine: pods
	// that wait cost it nothing, and the fewer of them start at once the sooner they wait.
	podsBesideStarts = 8
)

// Unit is what one pod does: cells of one target that together stay within half
// of its capacity, so that no hold changes what another meets.
type Unit struct {
	Name    string // the target's, with a number where it needs several pods
	Suite   string
	Target  *fixtures.Target
	Cells   []*Cell
	Inspect *Cell // of a healthy target: the cell that the inspection of a live worker speaks for; or nil
}

// Holds is how many connections the unit parks.
func (u Unit) Holds() int {
	if u.Suite == ExhaustionSuite {
		return WaveConnections(u.Target.Exhaustion)
	}
	return len(u.Cells) * u.Target.Repeat
}

// Longest is the longest that any of its holds can last.
func (u Unit) Longest() time.Duration {
	var longest time.Duration
	for _, c := range u.Cells {
		longest = max(longest, c.Watch)
	}
	return longest
}

// Worker is the longest that any of its limits lets a server keep its side after a release.
func (u Unit) Worker() time.Duration {
	var longest time.Duration
	for _, c := range u.Cells {
		if l := c.Plan.Limit; l != nil {
			longest = max(longest, duration(l.Worker))
		}
	}
	return longest
}

// Wave is a set of units that wait at the same time.
type Wave struct {
	Number int
	Units  []Unit
}

// Longest is the longest that the wave can last.
func (w Wave) Longest() time.Duration {
	var longest time.Duration
	for _, u := range w.Units {
		longest = max(longest, u.Longest())
	}
	return longest
}

// Waves packs cells of held connections into pods, and the pods into waves, which are numbered from first.
func Waves(cells []*Cell, first int) []Wave {
	var targets []*fixtures.Target
	mine := map[*fixtures.Target][]*Cell{}
	for _, c := range cells {
		if c.Scenario != nil {
			continue
		}
		if mine[c.Target] == nil {
			targets = append(targets, c.Target)
		}
		mine[c.Target] = append(mine[c.Target], c)
	}
	size := podsAtOnce
	if slices.ContainsFunc(cells, func(c *Cell) bool { return c.Scenario != nil }) {
		size = podsBesideStarts
	}
	var units []Unit
	for _, t := range targets {
		units = append(units, unitsOf(t, mine[t])...)
	}
	inspectControls(units)
	// Units that last equally long wait together: a wave lasts as long as the longest of it.
	slices.SortStableFunc(units, func(a, b Unit) int { return cmp.Compare(b.Longest(), a.Longest()) })
	var all []Wave
	for i := 0; i < len(units); i += size {
		all = append(all, Wave{Number: first + len(all), Units: units[i:min(i+size, len(units))]})
	}
	return all
}

// unitsOf spreads a target's cells over as many pods as its capacity demands. A wave of exhaustion has one of its own.
func unitsOf(t *fixtures.Target, cells []*Cell) []Unit {
	room := max(1, t.Capacity/2/max(1, t.Repeat)) // cells a pod
	var units []Unit
	var held []*Cell
	for _, c := range cells {
		if c.Plan.Suite == ExhaustionSuite {
			units = append(units, Unit{Name: t.Name + "-" + ExhaustionSuite, Suite: ExhaustionSuite, Target: t, Cells: []*Cell{c}})
			continue
		}
		held = append(held, c)
	}
	for i := 0; i < len(held); i += room {
		u := Unit{Name: t.Name, Suite: TimeoutSuite, Target: t, Cells: held[i:min(i+room, len(held))]}
		if len(held) > room {
			u.Name = fmt.Sprintf("%s-%d", t.Name, i/room+1)
		}
		units = append(units, u)
	}
	return units
}
