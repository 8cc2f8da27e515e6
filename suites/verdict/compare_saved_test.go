package verdict_test

import (
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

func everyCell(string) bool { return true }

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
	old := comparedLog(limited, repeat(2, fired(10)), repeat(2, fired(10)))
	end := len(old) - 1
	old = slices.Concat(old[:end], moved(old[1:end], "web/http.body/silent"), old[end:])
	for i := range old {
		old[i].Run = "old"
	}
	run := comparedLog(limited, nil, repeat(2, fired(10)))
	against := func(saved []record.Event) record.Summary { return compared(t, slices.Concat(run[:1], saved, run[1:])) }

	whole, err := verdict.Saved(old, "edge", everyCell)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(against(whole).Exit()).To(Equal(3), "the candidate does not have the other cell")
	// The file may have given the target another name by now.
	chosen, err := verdict.Saved(old, "newer", func(address string) bool { return address == "newer/"+name })
	g.Expect(err).NotTo(HaveOccurred())
	c := against(chosen)
	g.Expect(c.Problems).To(BeEmpty())
	g.Expect(c.Comparison.Cells).To(HaveLen(1))
	g.Expect(c.Comparison.Cells[0].Baseline.Repeats).To(Equal(2))
	g.Expect(c.Exit()).To(Equal(0))
	g.Expect(slices.ContainsFunc(chosen, func(e record.Event) bool { return strings.Contains(e.Cell+e.Hold, "http.body") })).To(BeFalse())
	_, err = verdict.Saved(old, "edge", func(string) bool { return false })
	g.Expect(err).To(MatchError(ContainSubstring("none of the selected cells")))
}

func TestTheCanariesOfASavedLogStay(t *testing.T) {
	g := NewWithT(t)
	canary := limited
	canary.Canary, canary.Expect = true, record.Early
	old := slices.Concat([]record.Event{{Run: "r", Kind: record.RunStarted, RunInfo: &record.RunInfo{}}},
		judged("edge", limited, fired(10), "1f2e"), judged("canary", canary, fired(10), "c"), []record.Event{{Run: "r", Kind: record.RunEnded, RunInfo: &record.RunInfo{}}})
	saved, err := verdict.Saved(old, "edge", func(address string) bool { return strings.HasPrefix(address, "edge/") })
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(record.Summarise(saved).Problems).To(ConsistOf(ContainSubstring("the canary canary/tls/tls.client-hello/trickle was not checked")))
}

func TestSavedLog(t *testing.T) {
	g := NewWithT(t)
	old := comparedLog(limited, repeat(2, fired(3)), repeat(2, fired(4)))
	for i := range old {
		old[i].Run = "old"
	}
	saved, err := verdict.Saved(old, "edge", everyCell)
	g.Expect(err).NotTo(HaveOccurred())
	run := comparedLog(limited, nil, repeat(2, fired(9)))
	c := compared(t, append(append(run[:1:1], saved...), run[1:]...))
	g.Expect(c.Comparison.Baseline.Saved).To(Equal("old"))
	g.Expect(c.Run).To(Equal("r"))
	g.Expect(c.Comparison.Cells).To(HaveLen(1))
	g.Expect(c.Comparison.Cells[0].Baseline.Times).To(Equal([]float64{3, 3}), "the baseline of the earlier comparison")
	g.Expect(c.Comparison.Cells[0].Outcome).To(Equal(record.OutcomeChanged))

	check := []record.Event{{Run: "old", T: 1, Kind: record.RunStarted, RunInfo: &record.RunInfo{}}}
	for _, target := range []string{"edge", "other"} {
		check = append(check, judged(target, limited, fired(9, 9.1), "1f2e")...)
	}
	check = append(check, record.Event{T: 2, Kind: record.RunEnded, RunInfo: &record.RunInfo{}})
	for i := range check {
		check[i].Run = "old"
	}
	saved, err = verdict.Saved(check, "edge", everyCell)
	g.Expect(err).NotTo(HaveOccurred())
	c = compared(t, append(append(run[:1:1], saved...), run[1:]...))
	g.Expect(c.Comparison.Cells).To(HaveLen(1))
	g.Expect(c.Comparison.Cells[0].Outcome).To(Equal(record.OutcomeSame))
	_, err = verdict.Saved(check, "third", everyCell)
	g.Expect(err).To(MatchError(And(ContainSubstring("edge, other"), ContainSubstring("third"))))
	_, err = verdict.Saved(nil, "edge", everyCell)
	g.Expect(err).To(HaveOccurred())
}

// An earlier run's suite failed with a cell that is not compared now. That says nothing of the cells that are.
func TestOfASavedLogGinkgosReportIsOfWhatIsPicked(t *testing.T) {
	g := NewWithT(t)
	const name = "tls/tls.client-hello/trickle"
	saved := func(picked, other record.SpecState) record.Summary {
		old := []record.Event{{Run: "r", Kind: record.RunStarted, RunInfo: &record.RunInfo{Specs: []string{"timeouts"}}}}
		old = append(old, judged("edge", limited, fired(10), "1f2e")...)
		old = append(old, judged("other", limited, fired(10), "1f2e")...)
		old = append(old, record.Event{Run: "r", Kind: record.SpecEnded, Cell: "edge/" + name, Spec: &record.Spec{Suite: "timeouts", State: picked}},
			record.Event{Run: "r", Kind: record.SpecEnded, Cell: "other/" + name, Spec: &record.Spec{Suite: "timeouts", State: other}},
			record.Event{Run: "r", Kind: record.SpecsEnded, Spec: &record.Spec{Suite: "timeouts", Succeeded: false}},
			record.Event{Run: "r", Kind: record.RunEnded, RunInfo: &record.RunInfo{}})
		events, err := verdict.Saved(old, "edge", everyCell)
		g.Expect(err).NotTo(HaveOccurred())
		return record.Summarise(events)
	}
	g.Expect(saved(record.SpecPassed, record.SpecFailed).Problems).To(BeEmpty())
	g.Expect(saved(record.SpecFailed, record.SpecFailed).Problems).To(ContainElement(ContainSubstring("the log says passed and Ginkgo's spec says failed")))
	g.Expect(saved(record.SpecPassed, record.SpecPassed).Problems).To(ConsistOf(ContainSubstring("Ginkgo's suites and its specs disagree")))
}
