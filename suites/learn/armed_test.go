package learn

import (
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/containers/proc"
	"stalemate/reports/record"
)

// lookedAt are silent holds that were not released, whose processes had timers with so much left, in seconds, when the watch was over.
func lookedAt(left ...float64) measured {
	m := silent("tcp.connected", make([]float64, len(left))...)
	m.cell.Listener.Proto = "tcp"
	m.looks = map[string]look{}
	for i, l := range left {
		h := &m.holds[i]
		h.ID, h.Local = fmt.Sprint(i), fmt.Sprintf("10.0.0.3:%d", 4000+i)
		m.looks[h.ID] = look{at: at(97), Autopsy: record.Autopsy{TimerAfter: &l, SyscallPeer: h.Local, SyscallClass: string(proc.Restartable)}}
	}
	return m
}

// TestATimerThatRunsShowsTheLimit has vsftpd's 300 s told from 24 h by a gate that was learnt in 97 s.
func TestATimerThatRunsShowsTheLimit(t *testing.T) {
	g := NewWithT(t)
	vsftpd := recognise([]port{{comm: "vsftpd"}})
	f := find([]measured{lookedAt(203.4, 203.2, 203.9)}, 90)[0]
	g.Expect(f.outcome).To(Equal(lasting), "it is a weakness all the same")
	g.Expect(f.weak(vsftpd)).To(Equal("not released within 90s; its process waits for at most 300s; set idle_session_timeout to end it"))
	g.Expect(f.rule(vsftpd, Options{Cap: 90 * time.Second})).To(Equal(`{idle: 300s, granularity: 2s, by: "idle_session_timeout"}`))
	g.Expect(f.rule(vsftpd, Options{WaiveFor: DefaultWaiveFor})).To(Equal("{max: 90s}"), "a failure, for which the waiver is")
	g.Expect(shortest([]finding{f}, Options{Cap: 90 * time.Second})).To(Equal("320s"), "check waits for it")
}

// TestATimeoutOfPollShowsTheLimit as that of Postfix, whose processes also have a watchdog that runs for 6000 s.
func TestATimeoutOfPollShowsTheLimit(t *testing.T) {
	g := NewWithT(t)
	m := lookedAt(5900, 5900)
	for id, l := range m.looks {
		timeout := 300.0
		l.Waits, l.SyscallClass = &record.Wait{Timeout: &timeout}, "restart-block"
		m.looks[id] = l
	}
	g.Expect(find([]measured{m}, 90)[0].rule(server{}, Options{})).To(Equal("{idle: 300s, granularity: 2s}"))
	over := 60.0
	l := m.looks["0"]
	l.Waits = &record.Wait{Timeout: &over}
	m.looks["0"] = l
	g.Expect(armed(m)).To(BeZero(), "poll was called again since the last byte, so its timeout counts from another moment")
}

func TestWhatIsNoTimerOfTheConnectionShowsNoLimit(t *testing.T) {
	for name, change := range map[string]func(*look){
		"no timer":               func(l *look) { none := 0.0; l.TimerAfter = &none },
		"not read":               func(l *look) { l.TimerAfter = nil },
		"another connection":     func(l *look) { l.SyscallPeer = "10.0.0.3:1" },
		"waits for many at once": func(l *look) { l.SyscallClass = string(proc.AlwaysEINTR) },
		"far apart":              func(l *look) { other := 260.0; l.TimerAfter = &other },
	} {
		m := lookedAt(203, 203)
		l := m.looks["1"]
		change(&l)
		m.looks["1"] = l
		f := find([]measured{m}, 90)[0]
		NewWithT(t).Expect(f.rule(server{}, Options{})).To(Equal(`{at_least: 90s, weakness: "not released within 90s"}`), name)
	}
	g := NewWithT(t)
	m := lookedAt(203, 203)
	delete(m.looks, "0")
	g.Expect(armed(m)).To(BeZero())
	g.Expect(find([]measured{lookedAt(86300, 86300)}, 90)[0].rule(server{}, Options{})).To(HavePrefix("{at_least: 90s"), "check does not wait for a day")
}
