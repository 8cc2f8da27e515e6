package verdict_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

// A stall is doubt about what it can explain: an excess that is not longer than the stall.
func TestAStallExplainsNoMoreThanItLasted(t *testing.T) {
	stall := func(from, to float64) func(*verdict.Hold) {
		return func(h *verdict.Hold) { h.Stalls = append(h.Stalls, verdict.Stall{From: at(from), To: at(to)}) }
	}
	kept := with(released(3), func(h *verdict.Hold) { h.WorkerFreed, h.Watched = 0, at(10) })
	for name, one := range map[string]struct {
		hold verdict.Hold
		want record.Verdict
	}{
		"a bit late, and a stall as long at its end": {with(released(3.7), stall(3, 3.3)), record.Inconclusive},
		"a bit late, and a stall at its beginning":   {with(with(released(3.7), stall(-0.2, 0.3)), func(h *verdict.Hold) { h.Connected, h.Proven = at(-0.2), at(0.3) }), record.Inconclusive},
		"a bit late, and a stall in its middle":      {with(released(3.7), stall(1, 1.3)), record.Late},
		"five seconds late, and a short stall":       {with(released(8), stall(7.5, 7.7)), record.Late},
		"a bit late, and starved by as much":         {with(released(3.7), func(h *verdict.Hold) { h.Starved = 0.21 }), record.Inconclusive},
		"a bit late, and starved by less":            {with(released(3.7), func(h *verdict.Hold) { h.Starved = 0.19 }), record.Late},
		"a bit late, and waited for a disk as long":  {with(released(3.7), func(h *verdict.Hold) { h.Disk = 0.21 }), record.Inconclusive},
		"a bit late, and the processor was stolen":   {with(released(3.7), func(h *verdict.Hold) { h.Stolen = 0.21 }), record.Inconclusive},
		"a bit late, and only half was stolen":       {with(released(3.7), func(h *verdict.Hold) { h.Stolen = 0.1 }), record.Late},
		"a kept descriptor":                          {with(kept, stall(5, 5.2)), record.LateWorker},
		"never":                                      {with(held(), stall(0, 2)), record.Never},
		"early":                                      {with(released(1), stall(0, 0.5)), record.Early},
		"on time":                                    {with(released(3), stall(0, 0.5)), record.Fired},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			j := verdict.Cell(idle(3), []verdict.Hold{one.hold})
			g.Expect(j.Verdict).To(Equal(one.want), j.Message)
			g.Expect(verdict.Retry(idle(3), []verdict.Hold{one.hold})).To(Equal(one.want == record.Inconclusive))
		})
	}
	g := NewWithT(t)
	wave := verdict.Wave{First: at(0), Ended: at(30)}
	over := 10.0
	late := record.Judgement{Verdict: record.Late, Holds: []record.HoldResult{{Released: &over}}}
	plan := record.Plan{Limit: &record.Limit{Seconds: 9, TooLate: 0.5}}
	g.Expect(verdict.ExplainsWave(plan, wave, late, []verdict.Stall{{From: at(5), To: at(6)}})).To(ContainSubstring("stalled for 1.00 s"))
	g.Expect(verdict.ExplainsWave(plan, wave, late, []verdict.Stall{{From: at(5), To: at(5.3)}})).To(BeEmpty())
	late.Verdict = record.Never
	g.Expect(verdict.ExplainsWave(plan, wave, late, []verdict.Stall{{From: at(5), To: at(9)}})).To(BeEmpty(), "a stall does not make a worker hang")
}

// A hold that ended without a proof is held again: on a busy machine a limit of a second is over before the proof.
func TestAHoldThatEndedWithoutProofIsHeldAgain(t *testing.T) {
	g := NewWithT(t)
	unseen := with(released(1), func(h *verdict.Hold) { h.Proven = 0 })
	g.Expect(verdict.Cell(idle(3), []verdict.Hold{unseen}).Verdict).To(Equal(record.Inconclusive))
	g.Expect(verdict.Retry(idle(3), []verdict.Hold{unseen})).To(BeTrue())
	afterwards := with(released(1), func(h *verdict.Hold) { h.Proven = at(1.05) })
	g.Expect(verdict.Retry(idle(3), []verdict.Hold{afterwards})).To(BeTrue())
	refused := verdict.Hold{HoldState: record.HoldState{Failed: "refused"}}
	g.Expect(verdict.Retry(idle(3), []verdict.Hold{refused, refused})).To(BeFalse(), "a stage that none reaches")
	g.Expect(verdict.Retry(idle(3), []verdict.Hold{refused, released(3)})).To(BeTrue())
	g.Expect(verdict.Retry(idle(3), []verdict.Hold{released(3)})).To(BeFalse())
}
