package verdict_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

// TestAServerThatWasHeldMustServeAsBefore judges one pod.
func TestAServerThatWasHeldMustServeAsBefore(t *testing.T) {
	answers := func(took float64) verdict.Answer { return verdict.Answer{Name: "listener web", OK: true, Took: took} }
	silent := verdict.Answer{Name: "listener web", Detail: "status 503"}
	with := func(a verdict.Answer, fresh verdict.Answer) verdict.Answer { a.Fresh = &fresh; return a }
	stalled := func(a verdict.Answer) verdict.Answer { a.Busy = 1; return a }
	fill := func(opened, served, fresh int) [2]verdict.Fill {
		return [2]verdict.Fill{{Opened: opened, Served: served}, {Opened: 16, Served: fresh}}
	}
	refuses := fill(16, 9, 10)
	refuses[0].Refused = 7
	left := verdict.AfterPort{Port: 80, Left: 2}
	again := verdict.AfterPort{Port: 80, Before: "PID 7 (x)", Now: "PID 9 (x)"}
	status := 0
	for name, c := range map[string]struct {
		answers []verdict.Answer
		port    verdict.AfterPort
		fill    [2]verdict.Fill // of this server, and of a fresh one
		kept    int
		main    *record.ProcessEnd
		verdict record.Verdict
		says    string
	}{
		"it answers":                        {answers: []verdict.Answer{answers(0.1)}, verdict: record.Serves, says: "as before, in 1 pod"},
		"it answers late":                   {answers: []verdict.Answer{answers(1.2)}, verdict: record.Degraded, says: "listener web: measured an answer after 1.20 s; expected an answer within 1.00 s"},
		"a fresh server is slow, too":       {answers: []verdict.Answer{with(answers(1.2), answers(0.5))}, verdict: record.Serves},
		"this machine stalled":              {answers: []verdict.Answer{stalled(answers(1.2))}, verdict: record.Serves},
		"one of two does not answer":        {answers: []verdict.Answer{answers(0.1), with(silent, answers(0.1))}, verdict: record.Degraded, says: "measured no answer: status 503; expected"},
		"nothing answers":                   {answers: []verdict.Answer{with(silent, answers(0.1))}, verdict: record.Refuses, says: "measured no answer"},
		"a fresh server does not, either":   {answers: []verdict.Answer{with(silent, silent)}, verdict: record.Serves},
		"the same number":                   {fill: fill(16, 16, 16), verdict: record.Serves},
		"as many as a fresh server":         {fill: fill(16, 8, 8), verdict: record.Serves},
		"fewer than a fresh server":         {fill: fill(16, 7, 8), verdict: record.Degraded, says: "measured 7 connections that the server serves at the same time; expected 8, as a fresh"},
		"fewer by those that are kept":      {fill: fill(14, 6, 8), kept: 2, verdict: record.Serves, says: "not counted: 2 workers kept"},
		"fewer than without those":          {fill: fill(14, 5, 8), kept: 2, verdict: record.Degraded, says: "expected 6, as a fresh server serves 8 and 2 workers kept"},
		"true capacity, those and one":      {fill: fill(14, 13, 16), kept: 2, verdict: record.Degraded, says: "measured 13 connections that the server serves at the same time; expected 14"},
		"the server refuses some by chance": {fill: refuses, verdict: record.Serves},
		"connections are left":              {port: left, verdict: record.Degraded, says: "measured 2 connections in CLOSE-WAIT"},
		"those that are kept are left":      {port: left, kept: 2, verdict: record.Serves},
		"one more than those is left":       {port: left, kept: 1, verdict: record.Degraded, says: "expected 1"},
		"it was started again":              {port: again, verdict: record.Crashed, says: "PID 9 (x) listens; expected PID 7 (x), as before"},
		"the main process is gone":          {main: &record.ProcessEnd{PID: 7, Main: true, Status: &status}, verdict: record.Crashed, says: "exited with status 0 while connections were held; expected the same"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			c.fill[0].Fresh = &c.fill[1]
			pod := verdict.After{Pod: "edge", Answers: c.answers, Ports: []verdict.AfterPort{c.port}, Kept: map[int]int{80: c.kept}, Main: c.main,
				Fills: []verdict.Fill{{Opened: 16, Served: 16}, c.fill[0]}}
			j := verdict.AfterHolds(record.Plan{Expect: record.Serves, Reason: "as before"}, []verdict.After{pod})
			g.Expect(j.Verdict).To(Equal(c.verdict), j.Message)
			g.Expect(j.Message).To(ContainSubstring(c.says))
			g.Expect(j.Status).To(Equal(map[bool]record.Status{true: record.Passed, false: record.Failed}[c.verdict == record.Serves]))
			g.Expect(pod.Wrong()).To(Equal(j.Status == record.Failed))
		})
	}
}

// TestWhatOnePodShowsNoOtherCanUndo judges several pods.
func TestWhatOnePodShowsNoOtherCanUndo(t *testing.T) {
	g := NewWithT(t)
	good, gone := verdict.After{Pod: "edge-1"}, verdict.After{Pod: "edge-2", Unproven: "no address"}
	bad := verdict.After{Pod: "edge-3", Ports: []verdict.AfterPort{{Port: 80, Left: 1}}}
	judge := func(pods ...verdict.After) record.Judgement {
		return verdict.AfterHolds(record.Plan{Expect: record.Serves, Reason: "as before"}, pods)
	}
	g.Expect(judge(good, good).Status).To(Equal(record.Passed))
	j := judge(good, bad, gone)
	g.Expect(j.Status).To(Equal(record.Failed))
	g.Expect(j.Message).To(HaveSuffix("(so in 1 of 3 pods)"))
	g.Expect(j.Evidence).To(ContainElement(HavePrefix("pod edge-3: port 80: measured 1 connection in CLOSE-WAIT")))
	g.Expect(judge(good, gone).Verdict).To(Equal(record.Inconclusive), "one pod says nothing of the other")
	fill := verdict.Fill{Port: 80, Opened: 16, Served: 11, Recycled: true, Fresh: &verdict.Fill{Opened: 16, Served: 16}}
	fewer := verdict.After{Fills: []verdict.Fill{fill}}
	g.Expect(judge(good, fewer).Verdict).To(Equal(record.Inconclusive), "it closed some while they were counted")
	fewer.Fills[0].Recycled, fewer.Fills[0].Busy = false, true
	g.Expect(judge(good, fewer).Verdict).To(Equal(record.Inconclusive), "this machine was busy")
	fewer.Fills[0].Busy, fewer.Fills[0].Growing = false, true
	g.Expect(judge(good, fewer).Message).To(ContainSubstring("the number might still have grown when stalemate stopped counting"))
	fewer.Fills[0].Growing = false
	g.Expect(judge(good, fewer).Verdict).To(Equal(record.Degraded))
	fewer.Fills[0].Fresh = &verdict.Fill{Opened: 16, Served: 11, Busy: true}
	j = judge(good, fewer)
	g.Expect(j.Verdict).To(Equal(record.Inconclusive), "the fresh server may serve more than was counted")
	g.Expect(j.Message).To(ContainSubstring("measured 11 of 16 connections that the server serves at the same time, and 11 of 16 that a fresh server serves"))
	g.Expect(j.Message).To(ContainSubstring("of the fresh server: this machine was busy while stalemate counted them"))
	fewer.Fills[0].Fresh.Served = 12
	g.Expect(judge(good, fewer).Verdict).To(Equal(record.Degraded), "the fresh server serves more, however many they are")
	fewer.Fills[0].Served = 16
	g.Expect(judge(good, fewer).Status).To(Equal(record.Passed), "all are served")
	g.Expect(judge().Verdict).To(Equal(record.Inconclusive))
}

// TestOnlyDoubtNeedsAFreshServer: it costs the start of a pod.
func TestOnlyDoubtNeedsAFreshServer(t *testing.T) {
	g := NewWithT(t)
	pod := func(a verdict.Answer, f verdict.Fill) verdict.After {
		return verdict.After{Answers: []verdict.Answer{a}, Fills: []verdict.Fill{f}}
	}
	soon, all := verdict.Answer{OK: true, Took: 0.1}, verdict.Fill{Opened: 16, Served: 16}
	g.Expect(pod(soon, all).Doubtful()).To(BeFalse())
	g.Expect(pod(soon, verdict.Fill{}).Doubtful()).To(BeFalse(), "its capacity is not counted")
	g.Expect(pod(verdict.Answer{}, all).Doubtful()).To(BeTrue())
	g.Expect(pod(soon, verdict.Fill{Opened: 16, Served: 15}).Doubtful()).To(BeTrue())
}

// TestAFillThatProvesNothingIsDoubtful: only such a one is tried more often.
func TestAFillThatProvesNothingIsDoubtful(t *testing.T) {
	g := NewWithT(t)
	short := verdict.Fill{Opened: 16, Served: 15}
	g.Expect(short.Doubtful()).To(BeFalse())
	for _, doubt := range []func(*verdict.Fill){
		func(f *verdict.Fill) { f.Recycled = true }, func(f *verdict.Fill) { f.Busy = true }, func(f *verdict.Fill) { f.Growing = true },
	} {
		f := short
		doubt(&f)
		g.Expect(f.Doubtful()).To(BeTrue())
		f.Served = f.Opened
		g.Expect(f.Doubtful()).To(BeFalse(), "all are served")
	}
}
