package record

import (
	"testing"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
)

// asserted is the log of a run with one cell that was judged so, of whose suite Ginkgo said the rest.
func asserted(j Judgement, rest ...Event) Summary {
	events := []Event{
		{Kind: RunStarted, T: 1, RunInfo: &RunInfo{Specs: []string{"timeouts"}}},
		{Kind: CellPlanned, T: 2, Cell: "edge/web/http.body/silent", Plan: &Plan{Suite: "timeouts", Expect: Fired}},
		{Kind: CellJudged, T: 3, Cell: "edge/web/http.body/silent", Verdict: &j},
	}
	return Summarise(append(append(events, rest...), Event{Kind: RunEnded, T: 9, RunInfo: &RunInfo{}}))
}

func specEnded(state SpecState) Event {
	return Event{Kind: SpecEnded, T: 4, Cell: "edge/web/http.body/silent", Spec: &Spec{Suite: "timeouts", State: state}}
}

func specsEnded(succeeded bool, failures ...string) Event {
	return Event{Kind: SpecsEnded, T: 5, Spec: &Spec{Suite: "timeouts", Succeeded: succeeded, Failures: failures}}
}

func TestACellIsGreenOnlyWhereItsSpecPassedToo(t *testing.T) {
	fired := Judgement{Verdict: Fired, Expect: Fired, Status: Passed}
	never := Judgement{Verdict: Never, Expect: Fired, Status: Failed}
	unknown := Judgement{Verdict: Inconclusive, Expect: Fired, Status: Unknown}
	waived := Judgement{Verdict: Never, Expect: Fired, Status: Skipped, Waiver: "known"}
	for _, c := range []struct {
		name    string
		summary Summary
		exit    int
		problem string // a part of one, "" for none
	}{
		{"both pass", asserted(fired, specEnded(SpecPassed), specsEnded(true)), ExitOK, ""},
		{"both fail", asserted(never, specEnded(SpecFailed), specsEnded(false)), ExitFailed, ""},
		{"inconclusive is a failed spec", asserted(unknown, specEnded(SpecFailed), specsEnded(false)), ExitInconclusive, "nothing was tested"},
		{"a waived cell is a skipped spec", asserted(waived, specEnded(SpecSkipped), specsEnded(true)), ExitOK, ""},
		{"the cell is a control", asserted(fired, specEnded(SpecFiltered), specsEnded(true)), ExitOK, ""},
		{"the spec lies", asserted(never, specEnded(SpecPassed), specsEnded(true)), ExitInconclusive, "the log says failed and Ginkgo's spec says passed"},
		{"the log lies", asserted(fired, specEnded(SpecFailed), specsEnded(false)), ExitInconclusive, "the log says passed and Ginkgo's spec says failed"},
		{"a failure is skipped", asserted(never, specEnded(SpecSkipped), specsEnded(true)), ExitInconclusive, "Ginkgo's spec says skipped"},
		{"a spec panicked", asserted(fired, specEnded("panicked"), specsEnded(false)), ExitInconclusive, "Ginkgo's spec says panicked"},
		{"no spec ran", asserted(fired, specsEnded(true)), ExitInconclusive, "Ginkgo ran no spec for it"},
		{"Ginkgo never ended", asserted(fired, specEnded(SpecPassed)), ExitInconclusive, "did not report the end of the suite timeouts"},
		{"its suite failed outside of specs", asserted(fired, specEnded(SpecPassed), specsEnded(false, "BeforeSuite: no engine")), ExitInconclusive, "Ginkgo: BeforeSuite: no engine"},
		{"its suite failed and nothing says why", asserted(fired, specEnded(SpecPassed), specsEnded(false)), ExitInconclusive, "suites succeeded is false, a spec failed is false"},
		{"its suite succeeded with a failed spec", asserted(never, specEnded(SpecFailed), specsEnded(true)), ExitFailed, "suites succeeded is true, a spec failed is true"},
		{"two ends of a spec", asserted(fired, specEnded(SpecFailed), specEnded(SpecPassed), specsEnded(true)), ExitInconclusive, "twice: failed, then passed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			problems := types.GomegaMatcher(BeEmpty())
			if c.problem != "" {
				problems = ContainElement(ContainSubstring(c.problem))
			}
			g.Expect(c.summary.Problems).To(problems)
			g.Expect(c.summary.Exit()).To(Equal(c.exit))
		})
	}
}

// A run that nobody asserts, such as learn's, needs no spec; nor do cells of another suite.
func TestOnlyTheSuitesThatTheRunNamesNeedSpecs(t *testing.T) {
	g := NewWithT(t)
	fired := Judgement{Verdict: Fired, Expect: Fired, Status: Passed}
	s := Summarise([]Event{
		{Kind: RunStarted, T: 1, RunInfo: &RunInfo{Specs: []string{"startup"}}},
		{Kind: CellPlanned, T: 2, Cell: "edge/web/http.body/silent", Plan: &Plan{Suite: "timeouts", Expect: Fired}},
		{Kind: CellJudged, T: 3, Cell: "edge/web/http.body/silent", Verdict: &fired},
		{Kind: SpecsEnded, T: 4, Spec: &Spec{Suite: "startup", Succeeded: true}},
		{Kind: RunEnded, T: 5, RunInfo: &RunInfo{}},
	})
	g.Expect(s.Problems).To(BeEmpty())
	g.Expect(s.Exit()).To(Equal(ExitOK))
}
