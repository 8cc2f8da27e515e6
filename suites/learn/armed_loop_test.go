package learn

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/containers/autopsy"
	"stalemate/reports/record"
)

// inLoops are silent holds that were not released, each kept by the event loop of a process, which waits for at most so long.
func inLoops(pids []int, timeouts ...float64) measured {
	m := lookedAt(make([]float64, len(timeouts))...)
	for i, timeout := range timeouts {
		h := &m.holds[i]
		h.PID = pids[i]
		l := m.looks[h.ID]
		// The main thread of a program of Go sleeps in futex, which names no descriptor.
		l.Class, l.SyscallClass, l.Waits = string(autopsy.EventLoop), "restart-block", &record.Wait{Timeout: &timeout}
		m.looks[h.ID] = l
	}
	return m
}

// TestTheTimerOfALoopIsNotThatOfEachConnection has Caddy, whose only timer, after 300 s, is that of keep-alive connections: learn wrote
// 199 s for every stage, and the same image failed.
func TestTheTimerOfALoopIsNotThatOfEachConnection(t *testing.T) {
	f := find([]measured{inLoops([]int{301, 301, 301}, 199, 199, 199)}, 90)[0]
	NewWithT(t).Expect(f.rule(server{}, Options{})).To(Equal(`{at_least: 90s, weakness: "not released within 90s"}`))
}

// TestAProcessForOneConnectionShowsItsLimit has Dovecot: a process for each connection, whose loop began to wait when the byte came, or
// with something else until the look.
func TestAProcessForOneConnectionShowsItsLimit(t *testing.T) {
	g := NewWithT(t)
	of := func(m measured) string { return find([]measured{m}, 90)[0].rule(server{}, Options{}) }
	pids := []int{31, 32, 33}
	g.Expect(of(inLoops(pids, 179.83, 179.996, 180))).To(Equal("{idle: 180s, granularity: 100s}"))
	g.Expect(of(inLoops(pids, 180, 180, 150))).To(HavePrefix("{at_least: 90s"), "they disagree")
	g.Expect(of(inLoops(pids, 171.4, 171.4, 171.4))).To(HavePrefix("{at_least: 90s"), "nobody sets that")
	g.Expect(of(inLoops(pids, 60, 60, 60))).To(HavePrefix("{at_least: 90s"), "it is over: the loop waits for something else")
	other := inLoops(pids, 180, 180, 180)
	other.cell.Address = "t/tls12/other/silent"
	for i := range other.holds {
		other.holds[i].ID = "other" + other.holds[i].ID
	}
	g.Expect(find([]measured{inLoops(pids, 180, 180, 180), other}, 90)[0].rule(server{}, Options{})).To(HavePrefix("{at_least: 90s"), "each process has two")
}
