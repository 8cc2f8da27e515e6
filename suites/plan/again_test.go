package plan_test

import (
	"slices"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// TestACellIsHeldAgainWithItsNeighbours: without them, a cell might pass that fails because of them.
func TestACellIsHeldAgainWithItsNeighbours(t *testing.T) {
	g := NewWithT(t)
	p, err := plan.Make([]*target.Target{loaded(t, file+perLimit)}, plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	var unit plan.Unit
	for _, u := range p.Batches[0].Units {
		if len(u.Cells) > len(unit.Cells) {
			unit = u
		}
	}
	cells := slices.DeleteFunc(slices.Clone(unit.Cells), func(c *plan.Cell) bool { return c.Mode == record.Later })
	again := plan.Again(p.Batches, cells[1:2], 7)
	g.Expect(again).To(HaveLen(1))
	g.Expect(again[0].Number).To(Equal(7))
	g.Expect(again[0].Units).To(HaveLen(1))
	u := again[0].Units[0]
	g.Expect(u.Cells).To(Equal(cells[1:2]))
	g.Expect(u.Neighbours).To(HaveLen(len(cells) - 1))
	for _, n := range u.Neighbours {
		g.Expect(p.Cells).NotTo(ContainElement(n), "a copy")
	}
	g.Expect(u.Warm).To(BeFalse())
	g.Expect(u.Holds()).To(Equal(2+len(cells)-1), "one connection of each neighbour")

	warm := plan.Warm(p.Batches, cells[:2], 8)[0].Units[0]
	g.Expect(warm.Warm).To(BeTrue())
	g.Expect(warm.Cells).To(Equal(cells[:2]))
	g.Expect(warm.Holds()).To(Equal(2*len(cells)), "as many as before")
	g.Expect(warm.Name).To(Equal(u.Name + "-warm"))
}
