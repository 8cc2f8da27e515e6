package plan

import (
	"slices"

	"stalemate/reports/record"
)

// neighbourSuffix ends the address of a cell that is held for the sake of another and not judged.
const neighbourSuffix = "#neighbour"

// Again packs cells that are held once more into pods of further batches, which are numbered from first. A cell has the neighbours
// that it had in its pod: without them, a cell might pass that fails because of them.
func Again(batches []Batch, cells []*Cell, first int) []Batch {
	units := unitsAgain(batches, cells)
	for _, u := range units {
		for _, n := range u.Neighbours {
			n.Plan.Holds = 1 // one of each is enough, and a busy machine proves few more easily
		}
	}
	return packed(units, maxPods, first)
}

// Warm is as Again for cells whose connections waited until the server had started more workers. All connections of their pods are
// opened before they are held: a server that starts workers on demand has them then.
func Warm(batches []Batch, cells []*Cell, first int) []Batch {
	units := unitsAgain(batches, cells)
	for i := range units {
		units[i].Name += "-warm"
		units[i].Warm = true
	}
	return packed(units, maxPods, first)
}

// unitsAgain has the units of the batches that have some of the cells. The other cells of the same generation are the neighbours.
func unitsAgain(batches []Batch, cells []*Cell) []Unit {
	var units []Unit
	for _, b := range batches {
		for _, was := range b.Units {
			u := Unit{Name: was.Name, Suite: was.Suite, Target: was.Target}
			var others []*Cell
			for _, c := range was.Cells {
				switch {
				case slices.Contains(cells, c):
					u.Cells = append(u.Cells, c)
				case c.Mode != record.Later:
					others = append(others, c)
				}
			}
			if len(u.Cells) == 0 {
				continue
			}
			u.Neighbours = Neighbours(others)
			units = append(units, u)
		}
	}
	return units
}

// Neighbours are copies of cells: their connections are held, and nothing is said of them.
func Neighbours(cells []*Cell) []*Cell {
	var all []*Cell
	for _, c := range cells {
		one := *c
		one.Address += neighbourSuffix
		all = append(all, &one)
	}
	return all
}
