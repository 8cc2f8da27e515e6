package run

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
	short := verdict.Stall{From: 20 * second, To: 20*second + second/2}
	long := verdict.Stall{From: 10 * second, To: 11 * second}
	s := stalls{seen: []verdict.Stall{long, short}}
	g.Expect(s.between(0, 9*second)).To(BeEmpty())
	g.Expect(s.between(0, 10*second)).To(ConsistOf(long), "it began within")
	g.Expect(s.between(15*second, 30*second)).To(ConsistOf(short))
	g.Expect(s.between(0, 30*second)).To(ConsistOf(long, short))
	g.Expect(s.between(21*second, 30*second)).To(BeEmpty())
}

func TestAWaveIsRetriedIfTheMachineStalledDuringIt(t *testing.T) {
	g := NewWithT(t)
	second := int64(time.Second)
	p := &Pod{execution: &Execution{attempts: map[*plan.Cell]int{}, stalls: stalls{seen: []verdict.Stall{{From: 10 * second, To: 11 * second}}}}}
	recovered := 9.2
	holds := []record.HoldResult{{Released: &recovered}}
	cell := &plan.Cell{Plan: record.Plan{Limit: &record.Limit{Kind: record.Max, Seconds: 8, TooLate: 0.5}}}
	wave := verdict.Wave{First: 8 * second, Ended: 20 * second}
	late := record.Judgement{Verdict: record.Late, Status: record.Failed, Message: "late: 9 s", Holds: holds}
	g.Expect(p.RetryWaveIfStalled(cell, &late, wave)).To(BeTrue())
	g.Expect(late.Verdict).To(Equal(record.Inconclusive))
	g.Expect(p.execution.retries).To(ConsistOf(cell))
	never := record.Judgement{Verdict: record.Never, Status: record.Failed, Holds: holds}
	g.Expect(p.RetryWaveIfStalled(cell, &never, wave)).To(BeFalse(), "a stall does not make a worker hang")
	undisturbed := record.Judgement{Verdict: record.Late, Status: record.Failed, Holds: holds}
	g.Expect(p.RetryWaveIfStalled(cell, &undisturbed, verdict.Wave{First: 12 * second, Ended: 20 * second})).To(BeFalse(), "nothing stalled then")
}

func TestACellHasThreeAttempts(t *testing.T) {
	g := NewWithT(t)
	e := &Execution{attempts: map[*plan.Cell]int{}}
	cell := &plan.Cell{}
	g.Expect([]bool{e.retry(cell), e.retry(cell), e.retry(cell)}).To(Equal([]bool{true, true, false}))
	g.Expect(e.retries).To(HaveLen(2))
}
