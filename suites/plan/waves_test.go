package plan

import (
	"fmt"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/fixtures"
)

func TestAWaveIsSmallerWhereStartsGoOnBesideIt(t *testing.T) {
	g := NewWithT(t)
	var cells []*Cell
	for i := range 2 * podsBesideStarts {
		one := &fixtures.Target{Name: fmt.Sprintf("t%d", i), Capacity: 10}
		cells = append(cells, &Cell{Address: one.Name + "/web/tcp.connected/silent", Target: one})
	}
	g.Expect(Waves(cells, 1)).To(HaveLen(1))
	start := &Cell{Address: "t0/startup/same-pid", Target: cells[0].Target, Scenario: &fixtures.Scenario{}}
	waves := Waves(append(cells, start), 1)
	g.Expect(waves).To(HaveLen(2))
	for _, w := range waves {
		g.Expect(w.Units).To(HaveLen(podsBesideStarts))
	}
}
