package learn

import (
	"fmt"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/containers/autopsy"
	"stalemate/reports/record"
)

// pair is a pod with two connections 3.4 s apart, and the timeout with which its loop waits since the second.
func pair(timeout float64) measured {
	m := silent("http.keep-alive", 0, 0)
	m.looks = map[string]look{}
	for i := range m.holds {
		h := &m.holds[i]
		h.ID, h.PID = fmt.Sprint(i), 301
		h.Parked, h.LastByte = at(3.4*float64(i)), at(3.4*float64(i))
		m.looks[h.ID] = look{at: at(4.5), Autopsy: record.Autopsy{PID: 301, Class: string(autopsy.EventLoop), Waits: &record.Wait{Timeout: &timeout}}}
	}
	return m
}

// TestTwoConnectionsShowTheTimerOfALoop has Caddy's 300 s between two requests, which one look at its loop does not show.
func TestTwoConnectionsShowTheTimerOfALoop(t *testing.T) {
	for name, c := range map[string]struct {
		pods    []measured
		seconds float64
	}{
		"the first one's limit, in both pods":   {[]measured{pair(296.6), pair(296.47)}, 300},
		"the same timeout at each wait":         {[]measured{pair(300), pair(300)}, 0},
		"a timer since the start of the server": {[]measured{pair(591.6), pair(587.3)}, 0},
		"no whole seconds":                      {[]measured{pair(296.2), pair(296.2)}, 0},
		"the pods disagree":                     {[]measured{pair(296.6), pair(295.6)}, 0},
		"no timeout":                            {[]measured{pair(0), pair(0)}, 0},
		"one pod":                               {[]measured{pair(296.6)}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			NewWithT(t).Expect(loopTimer(c.pods).seconds).To(Equal(c.seconds))
		})
	}
	g := NewWithT(t)
	others := pair(296.6)
	l := others.looks["1"]
	l.PID = 302
	others.looks["1"] = l
	g.Expect(loopTimer([]measured{others, others}).seconds).To(BeZero(), "each process has one connection: nothing woke the first")
	ended := pair(296.6)
	ended.holds[0].Released = at(4)
	g.Expect(loopTimer([]measured{ended, ended}).seconds).To(BeZero())
}

// TestOnlyWhatALoopKeepsIsTimed: what ended needs no timer, and a process that waits for one connection alone has shown it.
func TestOnlyWhatALoopKeepsIsTimed(t *testing.T) {
	g := NewWithT(t)
	pids := []int{301, 301, 301}
	g.Expect(inSharedLoop(inLoops(pids, 199, 199, 199))).To(BeTrue())
	g.Expect(inSharedLoop(inLoops(pids, 1, 1, 1))).To(BeFalse(), "it looks each second")
	g.Expect(inSharedLoop(inLoops(pids, 86000, 86000, 86000))).To(BeFalse(), "check does not wait for a day")
	g.Expect(inSharedLoop(lookedAt(203, 203))).To(BeFalse(), "its own SIGALRM timer")
	g.Expect(inSharedLoop(silent("http.keep-alive", 5, 5))).To(BeFalse(), "it ended")
	m := inLoops(pids, 199, 199, 199)
	m.loop = wait{300, agree}
	f := find([]measured{m}, 90)[0]
	g.Expect(f.rule(server{}, Options{})).To(Equal("{idle: 300s, granularity: 2s}"))
	g.Expect(f.weak(server{})).To(Equal("not released within 90s; its process waits for at most 300s"))
}
