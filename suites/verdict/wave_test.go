package verdict_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

// slapped is a wave of 25 connections in 2.4 s against 20 workers that were prepared; they were all
// taken after 2 s, and until the 14th second nothing changes.
func slapped() verdict.Wave {
	w := verdict.Wave{Planned: 25, Opened: 25, First: at(0), Last: at(2.4), Vanished: at(2.8), Ended: at(14),
		Prepared: map[int]bool{31: true, 32: true}, Stuck: []int{32, 31},
		Autopsy: &record.Autopsy{PID: 31, Comm: "vintage", Attached: true, Caught: true, Restart: true, Because: "SA_RESTART is set on SIGALRM"}}
	for s := -1.0; s < 14; s += 0.25 {
		w.Probes = append(w.Probes, verdict.WaveProbe{Began: at(s), Ended: at(s + 0.01), Served: s < 2})
		held := int(max(0, min(20, s*10)))
		w.Looks = append(w.Looks, verdict.WaveLook{T: at(s), Workers: 20, Held: held, Left: 25})
	}
	return w
}

// recovered is the same wave against workers that are free again in the sixth second.
func recovered() verdict.Wave {
	w := slapped()
	w.Prepared, w.Stuck, w.Autopsy = nil, nil, nil
	for i := range w.Looks {
		if w.Looks[i].T >= at(6) {
			w.Looks[i].Held, w.Looks[i].Left = 0, 0
		}
	}
	for i := range w.Probes {
		w.Probes[i].Served = w.Probes[i].Served || w.Probes[i].Began >= at(5)
	}
	return w
}

func TestExhaustion(t *testing.T) {
	bad := record.Plan{Expect: record.Never}
	healthy := record.Plan{Expect: record.Fired, Limit: &record.Limit{Kind: record.Max, Seconds: 5, TooLate: 0.5}}
	change := func(w verdict.Wave, with func(*verdict.Wave)) verdict.Wave { with(&w); return w }
	for _, c := range []struct {
		name    string
		plan    record.Plan
		wave    verdict.Wave
		verdict record.Verdict
		status  record.Status
	}{
		{"known bad is bad", bad, slapped(), record.Never, record.Passed},
		{"known bad is good", bad, recovered(), record.Fired, record.Failed},
		{"healthy recovers", healthy, recovered(), record.Fired, record.Passed},
		{"healthy does not", healthy, slapped(), record.Never, record.Failed},
		{"healthy recovers late", record.Plan{Expect: record.Fired, Limit: &record.Limit{Kind: record.Max, Seconds: 3, TooLate: 0.5}}, recovered(), record.Late, record.Failed},
		{"another worker is stuck", bad, change(slapped(), func(w *verdict.Wave) { w.Stuck = []int{31, 99} }), record.Inconclusive, record.Unknown},
		{"stuck for another reason", bad, change(slapped(), func(w *verdict.Wave) { w.Autopsy.Restart = false }), record.Inconclusive, record.Unknown},
		{"nobody looked", bad, change(slapped(), func(w *verdict.Wave) { w.Autopsy, w.NoLook = nil, "refused" }), record.Inconclusive, record.Unknown},
		{"a worker was left", bad, change(slapped(), func(w *verdict.Wave) {
			for i := range w.Looks {
				w.Looks[i].Held = min(w.Looks[i].Held, 19)
			}
		}), record.Inconclusive, record.Unknown},
		{"fresh clients were served throughout", healthy, change(recovered(), func(w *verdict.Wave) {
			for i := range w.Probes {
				w.Probes[i].Served = true
			}
		}), record.Inconclusive, record.Unknown},
		{"one fresh client was kept waiting", healthy, change(recovered(), func(w *verdict.Wave) {
			for i := range w.Probes {
				w.Probes[i].Served = true
			}
			w.Probes[20].Ended = w.Probes[20].Began + at(0.7) - at(0)
		}), record.Fired, record.Passed},
		{"not all were opened", bad, change(slapped(), func(w *verdict.Wave) { w.Opened = 24 }), record.Inconclusive, record.Unknown},
		{"it never served", healthy, change(recovered(), func(w *verdict.Wave) { w.Probes = w.Probes[5:] }), record.Inconclusive, record.Unknown},
		{"the attacker stayed", bad, change(slapped(), func(w *verdict.Wave) { w.Vanished = 0 }), record.Inconclusive, record.Unknown},
		{"workers free, nobody served", healthy, change(recovered(), func(w *verdict.Wave) {
			for i := range w.Probes {
				w.Probes[i].Served = w.Probes[i].Served && w.Probes[i].Began < at(2)
			}
		}), record.Unstable, record.Failed},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			j := verdict.Exhaustion(c.plan, c.wave)
			g.Expect(j.Verdict).To(Equal(c.verdict), j.Message)
			g.Expect(j.Status).To(Equal(c.status), j.Message)
		})
	}
}

func TestExhaustionNamesItsFigures(t *testing.T) {
	g := NewWithT(t)
	j := verdict.Exhaustion(record.Plan{Expect: record.Never}, slapped())
	g.Expect(j.Message).To(And(HavePrefix("never: 25 connections in 2.40 s"), ContainSubstring("no worker left after 2.00 s"),
		ContainSubstring("0 of 48 fresh clients served"), ContainSubstring("20 of 20 workers still held"), ContainSubstring("one of the 2 prepared workers")))
	g.Expect(j.Holds).To(Equal([]record.HoldResult{{By: record.ByNothing}}))
	j = verdict.Exhaustion(record.Plan{Expect: record.Fired}, recovered())
	g.Expect(j.Message).To(And(ContainSubstring("a fresh client served again 5.01 s after the first connection, 2.61 s after the last"), ContainSubstring("all workers free 3.60 s after the last")))
	g.Expect(j.Holds).To(HaveLen(1))
	g.Expect(*j.Holds[0].Released).To(Equal(3.6))
}
