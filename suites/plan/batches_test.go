package plan

import (
	"fmt"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
)

// A server that serves one client after the other has a capacity of 2: half of that is one connection at a time, whatever is repeated.
func TestAPodHoldsAtMostHalfOfTheCapacity(t *testing.T) {
	g := NewWithT(t)
	for _, c := range []struct{ capacity, repeat, holds, pods int }{{2, 2, 1, 3}, {2, 3, 1, 3}, {3, 2, 1, 3}, {4, 3, 2, 3}, {8, 2, 2, 2}, {100, 2, 2, 1}} {
		one := &target.Target{Name: "one", Capacity: c.capacity, Repeat: c.repeat}
		var cells []*Cell
		for range 3 {
			cell := &Cell{Target: one}
			cell.Plan.Holds = cell.repeat()
			cells = append(cells, cell)
		}
		units := unitsOf(one, cells)
		g.Expect(units).To(HaveLen(c.pods), "%+v", c)
		for _, u := range units {
			g.Expect(u.Cells[0].Plan.Holds).To(Equal(c.holds), "%+v", c)
			g.Expect(u.Holds()).To(BeNumerically("<=", c.capacity/2), "%+v", c)
		}
	}
}

func TestABatchIsSmallerWhereStartsGoOnBesideIt(t *testing.T) {
	g := NewWithT(t)
	var cells []*Cell
	for i := range 2 * maxPodsDuringStarts {
		one := &target.Target{Name: fmt.Sprintf("t%d", i), Capacity: 10}
		cells = append(cells, &Cell{Address: one.Name + "/web/tcp.connected/silent", Target: one})
	}
	g.Expect(Batches(cells, 1)).To(HaveLen(1))
	start := &Cell{Address: "t0/startup/same-pid", Target: cells[0].Target, Scenario: &target.Scenario{}}
	batches := Batches(append(cells, start), 1)
	g.Expect(batches).To(HaveLen(2))
	for _, w := range batches {
		g.Expect(w.Units).To(HaveLen(maxPodsDuringStarts))
	}
}
