package verdict_test

import (
	"math/rand/v2"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

func idle(seconds float64) record.Plan {
	return record.Plan{Stage: "http.keep-alive", Expect: record.Fired,
		Limit: &record.Limit{Kind: record.Idle, Seconds: seconds, TooEarly: 0.25, TooLate: 0.5, Worker: 2.5, By: "Timeout"}}
}

func absolute(seconds float64) record.Plan {
	p := idle(seconds)
	p.Stage, p.Limit.Kind = "http.headers", record.Absolute
	return p
}

// What counts is what the client suffers from the moment at which it stands at its stage, however late the server begins.
func TestTheTimeThatAConnectionWaitsForTheServerCounts(t *testing.T) {
	waits := func(queue record.Queue, until, released float64) verdict.Hold {
		return with(anEndAt(released), func(h *verdict.Hold) {
			h.Queue, h.QueueT, h.Proven = queue, at(until), at(until+0.1)
		})
	}
	for name, one := range map[string]struct {
		plan record.Plan
		hold verdict.Hold
		says string
	}{
		"deferred accept":             {idle(5), waits(record.Deferred, 31.2, 36.3), "TCP_DEFER_ACCEPT) for 31.20 s"},
		"one process, in the backlog": {absolute(5), waits(record.Backlog, 9.9, 14.9), "backlog of the listening socket for 9.90 s"},
		"sleeps before it reads":      {absolute(5), waits(record.Unread, 20, 25), "did not read what the client sent for 20.00 s"},
		"never read at all": {absolute(5), with(waits(record.Unread, 3, 30), func(h *verdict.Hold) { h.Proven = 0 }),
			"did not read what the client sent for 30.00 s"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			j := verdict.Cell(one.plan, []verdict.Hold{one.hold, anEndAt(one.plan.Limit.Seconds)})
			g.Expect(j.Verdict).To(Equal(record.Late), j.Message)
			g.Expect(j.Status).To(Equal(record.Failed))
			g.Expect(j.Message).To(ContainSubstring(one.says))
		})
	}
	g := NewWithT(t)
	slow := with(anEndAt(4.8), func(h *verdict.Hold) { h.Proven = at(0.9) })
	g.Expect(verdict.Cell(absolute(4), []verdict.Hold{slow}).Verdict).To(Equal(record.Late), "the proof came late, the client knows better")
	kept := with(anEndAt(0), func(h *verdict.Hold) {
		h.Released, h.WorkerFreed, h.Proven, h.Queue, h.QueueT, h.By = 0, 0, 0, record.Backlog, at(1), record.ByNothing
	})
	j := verdict.Cell(absolute(4), []verdict.Hold{kept, anEndAt(4)})
	g.Expect(j.Verdict).To(Equal(record.Never), "a server that serves one at a time is no reason to know nothing")
	g.Expect(j.Message).To(ContainSubstring("no process accepted the connection"))
	declared := record.Plan{Expect: record.AsDeclared, Reason: "no limit", Stage: "http.headers", Cap: 20}
	g.Expect(verdict.Cell(declared, []verdict.Hold{kept}).Status).To(Equal(record.Failed), "what nobody serves is not what the file declares")
	healthy := with(anEndAt(5), func(h *verdict.Hold) { h.Queue, h.QueueT = record.Backlog, at(0.1) })
	g.Expect(verdict.Cell(absolute(5), []verdict.Hold{healthy}).Status).To(Equal(record.Passed))
	unread := with(anEndAt(5), func(h *verdict.Hold) { h.Proven, h.Queue, h.QueueT = 0, record.Unread, at(4.9) })
	g.Expect(verdict.Cell(absolute(5), []verdict.Hold{unread}).Verdict).To(Equal(record.Inconclusive), "closed in time, and never read")
}

// anEndAt is a hold that was released and freed that many seconds after it reached its stage.
func anEndAt(s float64) verdict.Hold { return released(s) }

// A server that waits to write counts from its last write. The client's reads do not tell when that was.
func TestAnUnreadResponseCountsFromTheServersLastWrite(t *testing.T) {
	p := idle(3)
	p.Stage = "http.response"
	wrote := func(last, end float64) verdict.Hold {
		return with(released(end), func(h *verdict.Hold) { h.WroteAfter, h.Wrote, h.LastByte = at(last-0.07), at(last), at(last+2) })
	}
	for name, one := range map[string]struct {
		hold verdict.Hold
		want record.Verdict
	}{
		"on time, 1.2 s after the client's last read":   {with(wrote(3.4, 6.4), func(h *verdict.Hold) { h.LastByte, h.TrickleEnd = at(5.2), at(5.2) }), record.Fired},
		"on time while the client still reads":          {wrote(3.4, 6.4), record.Fired},
		"2.4 s too early":                               {wrote(5.5, 6.1), record.Early},
		"late":                                          {wrote(3.4, 8), record.Late},
		"shut behind unread data, and closed 2 s later": {with(wrote(1, 4.1), func(h *verdict.Hold) { h.Released, h.By, h.Shut, h.WorkerFreed = 0, record.ByNothing, at(4.1), at(6.1) }), record.Fired},
		"shut in time, and kept": {with(wrote(1, 4.1), func(h *verdict.Hold) {
			h.Released, h.By, h.Shut, h.WorkerFreed = 0, record.ByNothing, at(4.1), at(10.1)
		}), record.LateWorker},
		"stalemate saw no write": {released(3), record.Inconclusive},
	} {
		t.Run(name, func(t *testing.T) {
			j := verdict.Cell(p, []verdict.Hold{one.hold})
			NewWithT(t).Expect(j.Verdict).To(Equal(one.want), j.Message)
			conversation := idle(3)
			conversation.Stage, one.hold.Unread = "dump", true
			j = verdict.Cell(conversation, []verdict.Hold{one.hold})
			NewWithT(t).Expect(j.Verdict).To(Equal(one.want), "a conversation that reads nothing more: %s", j.Message)
		})
	}
}

// A release that is on time from one end of a long way to the stage, and not from the other, proves nothing.
func TestALongWayToTheStageIsNoReasonToPass(t *testing.T) {
	g := NewWithT(t)
	way := func(connected, end float64) verdict.Hold {
		return with(released(end), func(h *verdict.Hold) { h.Connected = at(connected) })
	}
	plan := absolute(4)
	both := verdict.Cell(plan, []verdict.Hold{way(-0.5, 3.6)})
	g.Expect(both.Verdict).To(Equal(record.Fired))
	g.Expect(both.Message).To(ContainSubstring("measured 4.10 s"), "from the moment that is in the limit's window")
	far := verdict.Cell(plan, []verdict.Hold{way(-3, 4)})
	g.Expect(far.Verdict).To(Equal(record.Inconclusive), far.Message)
	g.Expect(far.Message).To(ContainSubstring("needed 3.00 s to reach the stage"))
	g.Expect(verdict.Retry(plan, []verdict.Hold{way(-3, 4)})).To(BeTrue())
}

// A trickle that stalemate itself interrupted for longer than the limit is no trickle.
func TestAnInterruptedTrickleIsInconclusive(t *testing.T) {
	g := NewWithT(t)
	h := with(released(9), func(h *verdict.Hold) { h.LastByte = at(5.9) })
	j := verdict.Cell(idle(3), []verdict.Hold{h})
	g.Expect(j.Verdict).To(Equal(record.Inconclusive), j.Message)
	g.Expect(j.Message).To(ContainSubstring("sent none for 3.10 s"))
	g.Expect(verdict.Retry(idle(3), []verdict.Hold{h})).To(BeTrue())
}

// No line may print a measured value outside the expected range beside `fired`.
func TestWhatHasFiredIsShownWithinItsLimit(t *testing.T) {
	g := NewWithT(t)
	random := rand.New(rand.NewPCG(1, 2))
	seen := map[record.Verdict]int{}
	for range 20_000 {
		limit := record.Limit{Kind: []record.LimitKind{record.Idle, record.Absolute, record.Max}[random.IntN(3)], Seconds: 1 + random.Float64()*9,
			Granularity: random.Float64(), TooEarly: 0.25, TooLate: 0.5, Worker: 2.5}
		plan := record.Plan{Stage: []string{"http.headers", "http.response", "tcp.connected"}[random.IntN(3)], Limit: &limit, Expect: record.Fired}
		h := released(random.Float64() * 12)
		h.Connected = at(-random.Float64() * 3)
		h.LastByte = h.Connected + int64(random.Float64()*float64(h.Released-h.Connected))
		if random.IntN(2) == 0 {
			h.TrickleEnd = h.LastByte
		}
		h.Proven = at(random.Float64() * 4)
		h.Wrote = h.LastByte
		h.WroteAfter = h.Wrote - int64(random.Float64()*1e8)
		j := verdict.Cell(plan, []verdict.Hold{h})
		seen[j.Verdict]++
		if j.Verdict != record.Fired {
			continue
		}
		took := *j.Holds[0].Released
		g.Expect(took).To(BeNumerically("<=", limit.Seconds+limit.Granularity+limit.TooLate+0.001), j.Message)
		if limit.Kind != record.Max {
			g.Expect(took).To(BeNumerically(">=", limit.Seconds-limit.TooEarly-0.001), j.Message)
		}
	}
	g.Expect(seen[record.Fired]).To(BeNumerically(">", 1000))
	g.Expect(seen[record.Late]).To(BeNumerically(">", 1000))
	g.Expect(seen[record.Early]).To(BeNumerically(">", 1000))
}

// Where stalemate was late by more than the tolerance, the cell is inconclusive, never green.
func TestAClientThatNoticedItsStageLateProvesNothing(t *testing.T) {
	g := NewWithT(t)
	late := with(released(4), func(h *verdict.Hold) { h.Connected, h.LastByte, h.Stood = at(-0.71), at(-0.7), at(-0.7) })
	j := verdict.Cell(absolute(4), []verdict.Hold{late})
	g.Expect(j.Verdict).To(Equal(record.Inconclusive), j.Message)
	g.Expect(j.Message).To(ContainSubstring("noticed up to 0.70 s late"))
	g.Expect(verdict.Retry(absolute(4), []verdict.Hold{late})).To(BeTrue())
	late.Stood, late.LastByte = at(-0.3), at(-0.3)
	g.Expect(verdict.Cell(absolute(4), []verdict.Hold{late}).Verdict).To(Equal(record.Fired))
}

// A server that serves so many at a time and no more: what the others suffer is its verdict, and never inconclusive.
func TestAServerThatServesNAtATimeIsNoReasonToKnowNothing(t *testing.T) {
	g := NewWithT(t)
	plan := idle(3)
	gaveUp := verdict.Hold{Capacity: 4, HoldState: record.HoldState{Connected: at(0), Failed: "read the response: i/o timeout", FailedT: at(10),
		Queue: record.Unread, QueueT: at(3)}}
	j := verdict.Cell(plan, []verdict.Hold{gaveUp, released(3)})
	g.Expect(j.Verdict).To(Equal(record.Never), j.Message)
	g.Expect(j.Status).To(Equal(record.Failed))
	g.Expect(j.Message).To(And(ContainSubstring("did not read what the client sent for 10.00 s"), ContainSubstring("served 4 at a time")))
	refused := gaveUp
	refused.FailedT = at(0.1)
	g.Expect(verdict.Cell(plan, []verdict.Hold{refused}).Verdict).To(Equal(record.Inconclusive), "refused at once")
	elsewhere := gaveUp
	elsewhere.Queue = ""
	g.Expect(verdict.Cell(plan, []verdict.Hold{elsewhere}).Verdict).To(Equal(record.Inconclusive), "the server had read everything")
}
