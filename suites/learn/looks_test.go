package learn

import (
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

// swept are silent holds at a stage that began then, of a server whose limit is looked at each so many seconds, counted from phase.
func swept(stage string, limit, every, phase float64, begins ...float64) measured {
	m := measured{cell: cellOf(stage, record.Silent)}
	for _, parked := range begins {
		look := phase
		for look < parked+limit {
			look += every
		}
		h := holdOf(look, 0)
		h.Connected, h.Parked, h.Proven, h.LastByte = at(parked-0.01), at(parked), at(parked), at(parked)
		m.holds = append(m.holds, h)
	}
	return m
}

// window is the least and the most that a rule's limit allows, in seconds, with the tolerances of a file that names none.
func window(f finding) (least, most float64) {
	late := max(0.5, f.seconds*0.05)
	if f.outcome == atMost {
		return 0, f.seconds + late
	}
	return f.seconds - 0.25, f.seconds + f.granularity + late
}

// TestTheNextRunMeetsWhatASweepingServerShowed learns such servers at every moment between two looks, and lets each other moment meet
// the limit that was learnt. At 24 h none may.
func TestTheNextRunMeetsWhatASweepingServerShowed(t *testing.T) {
	for _, server := range []struct{ limit, every float64 }{{10, 5}, {60, 5}, {10, 1}, {30, 30}, {60, 30}, {5, 15}, {90, 5}} {
		t.Run(fmt.Sprint(server), func(t *testing.T) {
			g := NewWithT(t)
			const phases = 40
			for i := range phases {
				phase := server.every * float64(i) / phases
				all := []measured{swept("http.headers", server.limit, server.every, phase, 0, 1.7, 3.4), swept("http.request-line", server.limit, server.every, phase, 0.05, 1.75, 3.45),
					swept("http.body", server.limit, server.every, phase, 0.1, 1.8, 3.5)}
				for _, f := range find(all, 90) {
					least, most := window(f)
					g.Expect(f.outcome).To(BeElementOf(bounded, atMost))
					g.Expect(server.limit).To(BeNumerically(">=", least), "phase %.2f: %+v", phase, f)
					g.Expect(server.limit+server.every).To(BeNumerically("<=", most+0.3), "phase %.2f: %+v", phase, f)
					g.Expect(most).To(BeNumerically("<", 200), "24 h is late")
				}
			}
		})
	}
}

// TestAServerThatEndsAllAtTheSameMoment has only its longest time as a limit: how often it looks does not show.
func TestAServerThatEndsAllAtTheSameMoment(t *testing.T) {
	g := NewWithT(t)
	f := find([]measured{swept("http.headers", 10, 30, 14.2, 0, 1.7, 3.4)}, 90)[0]
	g.Expect(f.rule(server{}, Options{})).To(Equal("{max: 45s}"), "14.2 s and node's 30 s")
	g.Expect(f.why).To(ContainSubstring("at the same moment"))
}

func TestAnExactTimerIsNoSweep(t *testing.T) {
	g := NewWithT(t)
	exact := silent("http.keep-alive", 5.01, 5.02, 5.01)
	for i := range exact.holds {
		moved := time.Duration(float64(i) * 1.7 * float64(time.Second)).Nanoseconds()
		h := &exact.holds[i]
		h.Parked, h.LastByte, h.Released, h.WorkerFreed = h.Parked+moved, h.Parked+moved, h.Released+moved, h.WorkerFreed+moved
	}
	found := find([]measured{exact, swept("http.headers", 10, 5, 2, 0, 1.7, 3.4)}, 90)
	g.Expect(found[0].rule(server{}, Options{})).To(Equal("{idle: 5s}"), "whatever the server does at other stages")
}

// TestASweepingServerThatServesOneAtATime has one hold in each cell, in a pod of its own. Each must allow what the others show.
func TestASweepingServerThatServesOneAtATime(t *testing.T) {
	g := NewWithT(t)
	all := []measured{silent("http.headers", 10.02), silent("http.request-line", 14.6), silent("tcp.connected", 12.3)}
	for _, f := range find(all, 90) {
		least, most := window(f)
		g.Expect(least).To(BeNumerically("<=", 10), "%+v", f)
		g.Expect(most).To(BeNumerically(">=", 15), "%+v", f)
	}
	exact := find([]measured{silent("http.headers", 10.02), silent("http.keep-alive", 5.01)}, 90)
	g.Expect(exact[0].rule(server{}, Options{})).To(Equal("{idle: 10s}"))
}

// TestAServerThatNeighboursWake is webfs as it was measured: its limits are 10 s and 5 s, it looks each 5 s, and the bytes of other holds
// wake it. A hold that is alone lasts up to 5 s longer.
func TestAServerThatNeighboursWake(t *testing.T) {
	g := NewWithT(t)
	found := find([]measured{silent("http.headers", 10.67, 10.80, 10.88), silent("http.keep-alive", 5.47, 5.50, 5.63)}, 90)
	for i, limit := range []float64{10, 5} {
		least, most := window(found[i])
		g.Expect(least).To(BeNumerically("<=", limit), "%+v", found[i])
		g.Expect(most).To(BeNumerically(">=", limit+5), "%+v", found[i])
		g.Expect(most).To(BeNumerically("<", 60), "24 h is late")
	}
	busy := find([]measured{silent("http.headers", 20.13, 20.16, 20.21)}, 90)
	g.Expect(busy[0].rule(server{}, Options{})).To(Equal("{idle: 20s}"), "an exact timer on a busy machine")
	exact := find([]measured{silent("http.headers", 10.67, 10.8), silent("http.keep-alive", 5.01, 5.02)}, 90)
	g.Expect(exact[1].rule(server{}, Options{})).To(Equal("{idle: 5s}"), "an exact timer of the same server")
}

// TestWhatTheKernelDefersIsAnUpperBound as stock Apache: 31 s in the kernel, and 20 s for the head.
func TestWhatTheKernelDefersIsAnUpperBound(t *testing.T) {
	g := NewWithT(t)
	m := silent("tcp.connected", 51.43, 51.63)
	for i := range m.holds {
		m.holds[i].Queue, m.holds[i].QueueT, m.holds[i].Proven = record.Deferred, at(31.3), at(31.4)
	}
	f := find([]measured{m}, 90)[0]
	g.Expect(f.rule(server{}, Options{})).To(Equal("{max: 53s}"))
	g.Expect(f.why).To(ContainSubstring("TCP_DEFER_ACCEPT"))
}

func TestAHoldThatWaitedForTheServerShowsNoLimit(t *testing.T) {
	g := NewWithT(t)
	m := silent("http.headers", 10, 20)
	m.holds[1].Queue, m.holds[1].QueueT, m.holds[1].Proven = record.Backlog, at(9.9), at(10)
	f := find([]measured{m}, 90)[0]
	g.Expect(f.outcome).To(Equal(unknown))
	g.Expect(f.why).To(ContainSubstring("waited 9.9 s until the server accepted it: set `capacity`"))
}
