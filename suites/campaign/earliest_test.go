package campaign

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/verdict"
)

// TestALookAheadOfTheDeadlineIsAheadOfTheServersClock: the proof of a hold comes late on a loaded machine, and
// puts off what is judged; a look between the server's own deadline and ours would find that no timer runs.
func TestALookAheadOfTheDeadlineIsAheadOfTheServersClock(t *testing.T) {
	g := NewWithT(t)
	const second = int64(1e9)
	keepAlive := &plan.Cell{Mode: record.Silent, Plan: record.Plan{Expect: record.Never, Limit: &record.Limit{Kind: record.Idle, Seconds: 2}}}
	held := tracked{cell: keepAlive, Hold: verdict.Hold{Connected: 100 * second, LastByte: 101 * second, Parked: 101*second + 1, ProvenAt: 102 * second}}
	p := autopsyPlan(held, deadline(&held))
	g.Expect(p.Deadline).To(Equal(104 * second))
	g.Expect(p.Earliest).To(Equal(103 * second))
	g.Expect(p.Lead).To(Equal(1.5))

	handshake := &plan.Cell{Mode: record.Silent, Plan: record.Plan{Expect: record.Fired, Limit: &record.Limit{Kind: record.Absolute, Seconds: 4}}}
	held.cell = handshake
	g.Expect(autopsyPlan(held, deadline(&held)).Earliest).To(Equal(104*second), "counted from the connection")
}

func TestACellIsHeldAgainSoOften(t *testing.T) {
	g := NewWithT(t)
	c := &Campaign{looked: map[*plan.Cell]int{}}
	cell := &plan.Cell{}
	g.Expect([]bool{c.again(cell), c.again(cell), c.again(cell)}).To(Equal([]bool{true, true, false}))
	g.Expect(c.waiting).To(HaveLen(2))
	kept := []verdict.Hold{{Proven: true}, {Proven: true}}
	g.Expect(undecided(kept, []*record.Autopsy{{Class: "restarted"}, {Class: "restarted"}})).To(BeFalse())
	g.Expect(undecided(kept, []*record.Autopsy{{Class: "restarted"}, {Class: "unknown"}})).To(BeTrue())
	g.Expect(undecided(kept, []*record.Autopsy{{Class: "restarted"}})).To(BeTrue(), "one of two was looked into")
	g.Expect(undecided([]verdict.Hold{{Failed: "refused"}}, nil)).To(BeFalse())
	g.Expect(undecided([]verdict.Hold{{Failed: "closed before the stage"}, {Parked: 1, Proven: true, Released: 4, By: record.ByFIN}}, nil)).To(BeTrue(), "one of two reached it")
	late := verdict.Hold{Proven: true, ProvenAt: 5, Released: 4, By: record.ByFIN}
	g.Expect(undecided([]verdict.Hold{late}, nil)).To(BeTrue(), "proven after its end")
}
