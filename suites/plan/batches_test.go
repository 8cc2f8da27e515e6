package plan

import (
	"fmt"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
)

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
