package plan_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// TestTheCellAfterTheHolds: one for each target with holds, which it brings along.
func TestTheCellAfterTheHolds(t *testing.T) {
	g := NewWithT(t)
	make := func(only string) *plan.Plan {
		p, err := plan.Make([]*target.Target{loaded(t, file+limits)}, plan.Selection{Only: only})
		g.Expect(err).NotTo(HaveOccurred())
		return p
	}
	whole := make("")
	after := whole.Cells[len(whole.Cells)-1]
	g.Expect(after.Address).To(Equal("edge/after/serves"))
	g.Expect(after.Plan.Suite).To(Equal(plan.TimeoutSuite))
	g.Expect(after.Plan.Expect).To(Equal(record.Serves))
	g.Expect(plan.AfterAddress(after.Target)).To(Equal(after.Address))
	for _, b := range whole.Batches {
		for _, u := range b.Units {
			g.Expect(u.Cells).NotTo(ContainElement(after), "no pod holds it")
		}
	}
	alone := make("*/after/serves")
	for _, c := range whole.Cells {
		if c.After || c.Mode == record.Silent || c.Mode == record.Trickle {
			g.Expect(alone.Cells).To(ContainElement(HaveField("Address", c.Address)), "it is about the holds of its target")
		}
	}
	some := make("http.headers|*/after")
	for _, c := range some.Cells {
		g.Expect(c.After || strings.Contains(c.Address, "http.headers")).To(BeTrue(), c.Address)
	}
	g.Expect(some.Cells).To(ContainElement(HaveField("After", true)))
	g.Expect(make("http.headers").Cells).NotTo(ContainElement(HaveField("After", true)), "--only selects no more than it says")

	canaries, err := target.Canaries()
	g.Expect(err).NotTo(HaveOccurred())
	for _, c := range canaries {
		g.Expect(plan.AfterAddress(c)).To(BeEmpty())
	}
}

// TestATargetOfWhichNothingIsHeldHasNoCellAfterIt: that cell brought along every hold that the file leaves to a thorough run.
func TestATargetOfWhichNothingIsHeldHasNoCellAfterIt(t *testing.T) {
	g := NewWithT(t)
	left := loaded(t, file+limits+"thorough: [silent, trickle, alone, later]\n")
	usual, err := plan.Make([]*target.Target{left}, plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(usual.Cells).To(BeEmpty())
	thorough, err := plan.Make([]*target.Target{left}, plan.Selection{Extent: plan.Thorough})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(thorough.Cells).To(ContainElement(HaveField("After", true)))
}
