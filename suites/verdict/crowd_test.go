package verdict_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

// A server starts more workers when many clients come at once. A client that waits for that is late because stalemate opens many
// connections at once, so it is held again when the server has these workers: then its time counts.
func TestAClientThatWaitsForAnotherWorkerIsHeldAgain(t *testing.T) {
	waited := func(h *verdict.Hold) {
		h.Queue, h.QueueT, h.Proven = record.Backlog, at(1.7), at(1.8)
		h.Company = 5
	}
	for name, one := range map[string]struct {
		hold    verdict.Hold
		want    record.Verdict
		crowded bool
	}{
		"beside others":                       {with(released(4.8), waited), record.Inconclusive, true},
		"alone":                               {with(with(released(4.8), waited), func(h *verdict.Hold) { h.Company = 0 }), record.Late, false},
		"until another connection ended":      {with(with(released(4.8), waited), func(h *verdict.Hold) { h.Freed = 1 }), record.Late, false},
		"and late from the proof as well":     {with(released(5.5), waited), record.Late, false},
		"accepted, and read late":             {with(with(released(4.8), waited), func(h *verdict.Hold) { h.Queue = record.Unread }), record.Late, false},
		"in time although it had to wait":     {with(with(released(3.4), waited), func(h *verdict.Hold) { h.QueueT, h.Proven = at(0.3), at(0.4) }), record.Fired, false},
		"kept by the kernel until data comes": {with(with(released(4.8), waited), func(h *verdict.Hold) { h.Queue = record.Deferred }), record.Late, false},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			j := verdict.Cell(idle(3), []verdict.Hold{one.hold, released(3)})
			g.Expect(j.Verdict).To(Or(Equal(one.want), Equal(record.Unstable)), j.Message)
			alone := verdict.Cell(idle(3), []verdict.Hold{one.hold})
			g.Expect(alone.Verdict).To(Equal(one.want), alone.Message)
			g.Expect(verdict.Crowded(idle(3), []verdict.Hold{one.hold})).To(Equal(one.crowded))
			if one.crowded {
				g.Expect(verdict.Retry(idle(3), []verdict.Hold{one.hold})).To(BeTrue())
				g.Expect(alone.Message).To(ContainSubstring("backlog of the listening socket for 1.70 s"))
				g.Expect(alone.Message).To(ContainSubstring("the connections before it (5)"))
			}
		})
	}
}

// A client that needs 1.8 s to reach its stage while others are held may have waited for another worker: it is held again when the
// server has started these.
func TestASlowWayBesideOthersIsHeldAgainWarm(t *testing.T) {
	g := NewWithT(t)
	one := with(released(4), func(h *verdict.Hold) { h.Connected, h.Company = at(-1.8), 5 })
	j := verdict.Cell(absolute(4), []verdict.Hold{one})
	g.Expect(j.Verdict).To(Equal(record.Inconclusive), j.Message)
	g.Expect(verdict.Crowded(absolute(4), []verdict.Hold{one})).To(BeTrue())
	one.Company = 0
	g.Expect(verdict.Crowded(absolute(4), []verdict.Hold{one})).To(BeFalse(), "nobody else was there")
}
