package plan

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
)

const (
	// maxPods is the size of a batch. Each pod is four containers, and more pods start more slowly than they save waiting.
	maxPods = 16
	// maxPodsDuringStarts is the size of a batch in a plan with starts, because the startup suite takes half of the machine. Fewer
	// pods are ready sooner, and pods that hold connections cost no CPU time.
	maxPodsDuringStarts = 8
)

// Batch is a set of units that hold connections at the same time.
type Batch struct {
	Number int
	Units  []Unit
	// Whole says that the pods belong together: the batch starts when the images of all of them are there.
	Whole bool
}

// Holds is how many connections the batch holds.
func (b Batch) Holds() int {
	holds := 0
	for _, u := range b.Units {
		holds += u.Holds()
	}
	return holds
}

// Targets is how many targets the batch has. A target may have several pods.
func (b Batch) Targets() int {
	targets := map[*target.Target]bool{}
	for _, u := range b.Units {
		targets[u.Target] = true
	}
	return len(targets)
}

// Longest is how long the batch watches its longest hold at most.
func (b Batch) Longest() time.Duration {
	var longest time.Duration
	for _, u := range b.Units {
		longest = max(longest, u.Longest())
	}
	return longest
}

// Batches packs cells into pods and pods into batches, which are numbered from first. Cells of the startup suite are in none.
func Batches(cells []*Cell, first int) []Batch {
	var targets []*target.Target
	cellsOf := map[*target.Target][]*Cell{}
	for _, c := range cells {
		if c.Scenario != nil || c.After {
			continue
		}
		if cellsOf[c.Target] == nil {
			targets = append(targets, c.Target)
		}
		cellsOf[c.Target] = append(cellsOf[c.Target], c)
	}
	size := maxPods
	if slices.ContainsFunc(cells, func(c *Cell) bool { return c.Scenario != nil }) {
		size = maxPodsDuringStarts
	}
	var units []Unit
	for _, t := range targets {
		units = append(units, unitsOf(t, cellsOf[t])...)
	}
	return packed(units, size, first)
}

// packed packs units into batches of a size.
func packed(units []Unit, size, first int) []Batch {
	inspectControls(units)
	// A batch lasts as long as its longest unit, so units of a similar length are in one batch.
	slices.SortStableFunc(units, func(a, b Unit) int { return cmp.Compare(b.Longest(), a.Longest()) })
	var all []Batch
	for i := 0; i < len(units); i += size {
		all = append(all, Batch{Number: first + len(all), Units: units[i:min(i+size, len(units))]})
	}
	return all
}

// unitsOf spreads a target's cells over as many pods as its capacity requires. The wave of a target has a separate pod, and so
// has each cell that is alone.
func unitsOf(t *target.Target, cells []*Cell) []Unit {
	cellsPerPod := max(1, t.Capacity/2/max(1, repeats(t)))
	var units []Unit
	var held, later []*Cell
	alone := 0
	for _, c := range cells {
		switch {
		case c.Plan.Suite == ExhaustionSuite:
			units = append(units, Unit{Name: t.Name + "-" + ExhaustionSuite, Suite: ExhaustionSuite, Target: t, Cells: []*Cell{c}})
		case c.Mode == record.Alone:
			alone++
			units = append(units, Unit{Name: fmt.Sprintf("%s-%s-%d", t.Name, record.Alone, alone), Suite: TimeoutSuite, Target: t, Cells: []*Cell{c}})
		case c.Mode == record.Later:
			later = append(later, c)
		default:
			held = append(held, c)
		}
	}
	for i := 0; i < len(held); i += cellsPerPod {
		u := Unit{Name: t.Name, Suite: TimeoutSuite, Target: t, Cells: held[i:min(i+cellsPerPod, len(held))]}
		if len(held) > cellsPerPod {
			u.Name = fmt.Sprintf("%s-%d", t.Name, i/cellsPerPod+1)
		}
		units = append(units, u)
	}
	addLater(units, later)
	for _, u := range units {
		fillLater(u)
	}
	return units
}

// maxLaterHolds is how many connections in mode later a pod has at most. They connect one after the other, 40 in a second.
const maxLaterHolds = 200

// fillLater gives the cells in mode later of a pod as many connections as the capacity allows that the file states: a server may
// time out only so many. A server whose capacity nobody has stated may be smaller than the default, so it has one for each cell.
func fillLater(u Unit) {
	for cells := range u.Generations() {
		for _, c := range cells {
			if c.Mode == record.Later && u.Target.Stated {
				c.Plan.Holds = max(1, min(u.Target.Capacity/2, maxLaterHolds)/len(cells))
			}
		}
	}
}

// addLater adds each cell in mode later to the pod that has the silent cell of the same stage. A pod without earlier holds would
// show nothing, so a cell without such a pod is in none.
func addLater(units []Unit, later []*Cell) {
	unitOf := map[string]int{} // by address
	for i, u := range slices.Backward(units) {
		for _, c := range u.Cells {
			unitOf[c.Address] = i // the first of them in the end
		}
	}
	for _, c := range later {
		if i, ok := unitOf[target.SilentAddress(c.Address)]; ok {
			units[i].Cells = append(slices.Clip(units[i].Cells), c)
		}
	}
}
