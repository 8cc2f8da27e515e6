package campaign

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/verdict"
)

func TestOnlyStallsWithinAHoldCount(t *testing.T) {
	g := NewWithT(t)
	second := int64(time.Second)
	s := stalls{seen: []stall{{From: 10 * second, To: 11 * second}, {From: 20 * second, To: 20*second + second/2}}}
	g.Expect(s.worst(0, 9*second)).To(BeZero())
	g.Expect(s.worst(0, 10*second)).To(BeEquivalentTo(1), "it began within")
	g.Expect(s.worst(15*second, 30*second)).To(BeEquivalentTo(0.5))
	g.Expect(s.worst(0, 30*second)).To(BeEquivalentTo(1), "the worst")
	g.Expect(s.worst(21*second, 30*second)).To(BeZero())
}

func TestAWaveThatTheMachineStalledInIsMadeAgain(t *testing.T) {
	g := NewWithT(t)
	second := int64(time.Second)
	c := &Campaign{looked: map[*plan.Cell]int{}, stalls: stalls{seen: []stall{{From: 10 * second, To: 11 * second}}}}
	cell, wave := &plan.Cell{}, verdict.Wave{First: 8 * second, Ended: 20 * second}
	late := record.Judgement{Verdict: record.Late, Status: record.Failed, Message: "late: 9 s"}
	g.Expect(c.waveAgain(cell, &late, wave)).To(BeTrue())
	g.Expect(late.Verdict).To(Equal(record.Inconclusive))
	g.Expect(c.waiting).To(ConsistOf(cell))
	never := record.Judgement{Verdict: record.Never, Status: record.Failed}
	g.Expect(c.waveAgain(cell, &never, wave)).To(BeFalse(), "no stall keeps a worker for ever")
	early := record.Judgement{Verdict: record.Late, Status: record.Failed}
	g.Expect(c.waveAgain(cell, &early, verdict.Wave{First: 12 * second, Ended: 20 * second})).To(BeFalse(), "nothing stalled then")
}
