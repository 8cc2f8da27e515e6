package compare

import (
	"slices"
	"strings"
	"testing"

	"stalemate/reports/record"

	. "github.com/onsi/gomega"
)

func all(string) bool { return true }

// moved are the events with each cell, and its holds, at another place of its target.
func moved(events []record.Event, to string) []record.Event {
	out := slices.Clone(events)
	for i, e := range out {
		out[i].Cell = strings.Replace(e.Cell, "tls/tls.client-hello/trickle", to, 1)
		out[i].Hold = strings.Replace(e.Hold, "tls/tls.client-hello/trickle", to, 1)
	}
	return out
}

func TestOfASavedLogOnlyWhatIsChosenStands(t *testing.T) {
	g := NewWithT(t)
	const name = "tls/tls.client-hello/trickle"
	old := log(limited, repeat(2, fired(10)), repeat(2, fired(10)))
	end := len(old) - 1
	old = slices.Concat(old[:end], moved(old[1:end], "web/http.body/silent"), old[end:])
	for i := range old {
		old[i].Run = "old"
	}
	run := log(limited, nil, repeat(2, fired(10)))
	against := func(saved []record.Event) Comparison { return drawn(t, slices.Concat(run[:1], saved, run[1:])) }

	whole, err := Saved(old, "edge", all)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(against(whole).Exit()).To(Equal(3), "the candidate does not have the other cell")
	// The file may have given the target another name by now.
	chosen, err := Saved(old, "newer", func(address string) bool { return address == "newer/"+name })
	g.Expect(err).NotTo(HaveOccurred())
	c := against(chosen)
	g.Expect(c.Problems).To(BeEmpty())
	g.Expect(c.Cells).To(HaveLen(1))
	g.Expect(c.Cells[0].Baseline.Repeats).To(Equal(2))
	g.Expect(c.Exit()).To(Equal(0))
	g.Expect(slices.ContainsFunc(chosen, func(e record.Event) bool { return strings.Contains(e.Cell+e.Hold, "http.body") })).To(BeFalse())
	_, err = Saved(old, "edge", func(string) bool { return false })
	g.Expect(err).To(MatchError(ContainSubstring("no cell that is to be compared")))
}

func TestTheCanariesOfASavedLogStay(t *testing.T) {
	g := NewWithT(t)
	canary := limited
	canary.Canary, canary.Expect = true, record.Early
	old := slices.Concat([]record.Event{{Run: "r", Kind: record.RunStarted, RunInfo: &record.RunInfo{}}},
		judged("edge", limited, fired(10), "1f2e"), judged("canary", canary, fired(10), "c"), []record.Event{{Run: "r", Kind: record.RunEnded, RunInfo: &record.RunInfo{}}})
	saved, err := Saved(old, "edge", func(address string) bool { return strings.HasPrefix(address, "edge/") })
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(record.Summarise(saved).Problems).To(ConsistOf(ContainSubstring("the canary canary/tls/tls.client-hello/trickle was not checked")))
}

func TestSavedLog(t *testing.T) {
	g := NewWithT(t)
	old := log(limited, repeat(2, fired(3)), repeat(2, fired(4)))
	for i := range old {
		old[i].Run = "old"
	}
	saved, err := Saved(old, "edge", all)
	g.Expect(err).NotTo(HaveOccurred())
	run := log(limited, nil, repeat(2, fired(9)))
	c := drawn(t, append(append(run[:1:1], saved...), run[1:]...))
	g.Expect(c.Baseline.Saved).To(Equal("old"))
	g.Expect(c.Run).To(Equal("r"))
	g.Expect(c.Cells).To(HaveLen(1))
	g.Expect(c.Cells[0].Baseline.Times).To(Equal([]float64{3, 3}), "the baseline of the earlier comparison")
	g.Expect(c.Cells[0].Kind).To(Equal(Changed))

	check := []record.Event{{Run: "old", T: 1, Kind: record.RunStarted, RunInfo: &record.RunInfo{}}}
	for _, target := range []string{"edge", "other"} {
		check = append(check, judged(target, limited, fired(9, 9.1), "1f2e")...)
	}
	check = append(check, record.Event{T: 2, Kind: record.RunEnded, RunInfo: &record.RunInfo{}})
	for i := range check {
		check[i].Run = "old"
	}
	saved, err = Saved(check, "edge", all)
	g.Expect(err).NotTo(HaveOccurred())
	c = drawn(t, append(append(run[:1:1], saved...), run[1:]...))
	g.Expect(c.Cells).To(HaveLen(1))
	g.Expect(c.Cells[0].Kind).To(Equal(Same))
	_, err = Saved(check, "third", all)
	g.Expect(err).To(MatchError(And(ContainSubstring("edge, other"), ContainSubstring("third"))))
	_, err = Saved(nil, "edge", all)
	g.Expect(err).To(HaveOccurred())
}
