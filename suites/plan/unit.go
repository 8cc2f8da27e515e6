package plan

import (
	"iter"
	"slices"
	"time"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
)

// Unit is the work of one pod: cells of one target. Together they use at most half of the target's capacity, so that no hold
// affects another.
type Unit struct {
	Name    string // the target's name, with a number if it needs several pods
	Suite   string
	Target  *target.Target
	Cells   []*Cell
	Inspect *Cell // the cell for which a running worker of a healthy target is inspected, or nil

	Neighbours []*Cell // cells that are held too and not judged, see Again
	Warm       bool    // all of its connections are opened before they are held, see Warm
}

// Generations are the cells whose holds begin at the same time: those in mode later begin when all others have ended.
func (u Unit) Generations() iter.Seq[[]*Cell] {
	return func(yield func([]*Cell) bool) {
		later := func(c *Cell) bool { return c.Mode == record.Later }
		first, last := slices.DeleteFunc(slices.Clone(u.Cells), later), slices.DeleteFunc(slices.Clone(u.Cells), func(c *Cell) bool { return !later(c) })
		if yield(first) {
			yield(last)
		}
	}
}

// Alone says whether the unit is a single hold in mode alone.
func (u Unit) Alone() bool {
	return slices.ContainsFunc(u.Cells, func(c *Cell) bool { return c.Mode == record.Alone })
}

// Holds is how many connections the unit holds at the same time.
func (u Unit) Holds() int {
	if u.Suite == ExhaustionSuite {
		return WaveConnections(u.Target.Exhaustion)
	}
	most := 0
	for cells := range u.Generations() {
		holds := 0
		if len(cells) > 0 && cells[0].Mode != record.Later {
			cells = slices.Concat(cells, u.Neighbours)
		}
		for _, c := range cells {
			holds += c.Plan.Holds
		}
		most = max(most, holds)
	}
	return most
}

// Longest is how long the unit watches its longest holds at most.
func (u Unit) Longest() time.Duration {
	return u.sum(func(c *Cell) time.Duration { return c.Watch })
}

// LongestLater is how long the unit watches its longest hold in mode later at most.
func (u Unit) LongestLater() time.Duration {
	var longest time.Duration
	for _, c := range u.Cells {
		if c.Mode == record.Later {
			longest = max(longest, c.Watch)
		}
	}
	return longest
}

// Expected is how long the unit's holds last if the server behaves as expected.
func (u Unit) Expected() time.Duration { return u.sum((*Cell).Expected) }

// sum adds up the longest duration of each generation.
func (u Unit) sum(of func(*Cell) time.Duration) time.Duration {
	sum := u.Target.RepeatEvery * time.Duration(max(0, u.Target.Repeat-1))
	for cells := range u.Generations() {
		var longest time.Duration
		for _, c := range cells {
			longest = max(longest, of(c))
		}
		sum += longest
	}
	return sum
}

// Worker is the longest time for which a limit lets a worker keep a connection after its release.
func (u Unit) Worker() time.Duration {
	var longest time.Duration
	for _, c := range u.Cells {
		if l := c.Plan.Limit; l != nil {
			longest = max(longest, duration(l.Worker))
		}
	}
	return longest
}
