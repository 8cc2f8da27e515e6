package record

import (
	"bytes"
	"testing"

	. "github.com/onsi/gomega"
)

// comparing is a run that held these cells of both builds, with these outcomes of them.
func comparing(cells []string, compared ...Compared) []Event {
	events := []Event{{Run: "r", T: 1, Kind: RunStarted, RunInfo: &RunInfo{FailOn: High}},
		{Run: "r", T: 2, Kind: BuildCompared, Build: &Build{Side: Baseline, Target: "edge"}},
		{Run: "r", T: 2, Kind: BuildCompared, Build: &Build{Side: Candidate, Target: "edge"}}}
	for _, side := range []Side{Baseline, Candidate} {
		target := "edge." + string(side) + "-1"
		for _, cell := range cells {
			events = append(events, Event{Run: "r", T: 2, Kind: CellPlanned, Target: target, Cell: target + "/" + cell, Plan: &Plan{Suite: "timeouts", Side: side}},
				Event{Run: "r", T: 3, Kind: CellJudged, Target: target, Cell: target + "/" + cell, Verdict: &Judgement{Verdict: Fired, Status: Passed}})
		}
	}
	for _, one := range compared {
		events = append(events, Event{Run: "r", T: 4, Kind: CellCompared, Compared: &one})
	}
	return append(events, Event{Run: "r", T: 5, Kind: RunEnded, RunInfo: &RunInfo{}})
}

func TestTheOutcomesOfAComparisonDecideItsExitStatus(t *testing.T) {
	for name, one := range map[string]struct {
		compared Compared
		exit     int
	}{
		"same":                 {Compared{Outcome: OutcomeSame}, ExitOK},
		"fixed":                {Compared{Outcome: OutcomeFixed}, ExitOK},
		"waived":               {Compared{Outcome: OutcomeWaived, Severity: High}, ExitOK},
		"regressed":            {Compared{Outcome: OutcomeRegressed, Severity: High}, ExitFailed},
		"changed":              {Compared{Outcome: OutcomeChanged, Severity: Low}, ExitFailed},
		"regressed, not worse": {Compared{Outcome: OutcomeRegressed, Severity: Low, Below: true}, ExitOK},
		"inconclusive":         {Compared{Outcome: OutcomeInconclusive}, ExitInconclusive},
		"nothing compared":     {Compared{Outcome: OutcomeNotApplicable}, ExitInconclusive},
		"a newer outcome":      {Compared{Outcome: "improved"}, ExitInconclusive},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			one.compared.Cell = "a"
			s := Summarise(comparing([]string{"a"}, one.compared))
			g.Expect(s.Exit()).To(Equal(one.exit))
		})
	}
}

func TestACellWithoutAnOutcomeIsNeverGreen(t *testing.T) {
	g := NewWithT(t)
	same := func(cell string) Compared { return Compared{Cell: cell, Outcome: OutcomeSame} }
	g.Expect(Summarise(comparing([]string{"a", "b"}, same("a"), same("b"))).Exit()).To(Equal(ExitOK))
	s := Summarise(comparing([]string{"a", "b"}, same("b")))
	g.Expect(s.Exit()).To(Equal(ExitInconclusive))
	g.Expect(s.Problems).To(ConsistOf("the log has no outcome of 1 cell of this comparison"))
	s = Summarise(comparing([]string{"a"}))
	g.Expect(s.Exit()).To(Equal(ExitInconclusive), "as in a log of an earlier version")
	g.Expect(s.Comparison).NotTo(BeNil())
	s = Summarise(comparing([]string{"a"}, same("a"), same("a")))
	g.Expect(s.Problems).To(ConsistOf("a was compared twice: same, then same"))
}

func TestComparedCellsStandInTheOrderOfThePlan(t *testing.T) {
	g := NewWithT(t)
	s := Summarise(comparing([]string{"c", "a", "b"}, Compared{Cell: "saved alone", Outcome: OutcomeSame}, Compared{Cell: "a", Outcome: OutcomeSame},
		Compared{Cell: "b", Outcome: OutcomeSame}, Compared{Cell: "c", Outcome: OutcomeSame}))
	var order []string
	for _, cell := range s.Comparison.Cells {
		order = append(order, cell.Cell)
	}
	g.Expect(order).To(Equal([]string{"c", "a", "b", "saved alone"}))
}

func TestTheProblemsOfASavedBaselineCount(t *testing.T) {
	g := NewWithT(t)
	events := comparing([]string{"a"}, Compared{Cell: "a", Outcome: OutcomeSame})
	events[1].Build.Saved, events[1].Build.Problems = "old", []string{"the log has no end: the run was cut off"}
	s := Summarise(events)
	g.Expect(s.Problems).To(ConsistOf("saved run old: the log has no end: the run was cut off"))
	g.Expect(s.Exit()).To(Equal(ExitInconclusive))
}

// A secret such as "regressed" must not make a failure disappear.
func TestSecretsLeaveTheWordsOfAComparison(t *testing.T) {
	g := NewWithT(t)
	var out bytes.Buffer
	log := NewLog(&out, "r", []string{"regressed", "candidate", "never"})
	log.Write(Event{Kind: BuildCompared, Build: &Build{Side: Candidate, Target: "candidate"}})
	log.Write(Event{Kind: CellCompared, Compared: &Compared{Cell: "a", Outcome: OutcomeRegressed, Severity: High,
		Candidate: Measurements{Verdicts: []Verdict{Never}, Text: "never (1 of 1)"}}})
	g.Expect(log.Err()).NotTo(HaveOccurred())
	events, err := Read(&out)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(events[0].Build.Side).To(Equal(Candidate))
	g.Expect(events[0].Build.Target).To(Equal(Hidden))
	g.Expect(events[1].Compared.Outcome).To(Equal(OutcomeRegressed))
	g.Expect(events[1].Compared.Candidate.Verdicts).To(Equal([]Verdict{Never}))
	g.Expect(events[1].Compared.Candidate.Text).To(Equal("*** (1 of 1)"))
}

func TestAgainNamesTheExactImage(t *testing.T) {
	g := NewWithT(t)
	b := Build{Target: "edge", File: "my edge.yaml", Overrides: []string{"--image", "host:5000/edge:2"}, Images: []Image{{Ref: "host:5000/edge:2", Digest: "sha256:9a0c"}}}
	g.Expect(b.Again("web/http.body/silent")).To(Equal(`stalemate check -f 'my edge.yaml' --image host:5000/edge@sha256:9a0c --only edge/web/http.body/silent`))
	b.Images[0].Digest = ""
	g.Expect(b.Again("x")).To(ContainSubstring("--image host:5000/edge:2 "))
}

// A comparison whose outcomes Ginkgo asserts is green only where its specs say the same as the log.
func TestGinkgoAndTheOutcomesMustAgree(t *testing.T) {
	for name, one := range map[string]struct {
		compared Compared
		state    SpecState // "": no spec ran
		agree    bool
	}{
		"same, passed":            {Compared{Outcome: OutcomeSame}, SpecPassed, true},
		"regressed, failed":       {Compared{Outcome: OutcomeRegressed, Severity: High}, SpecFailed, true},
		"below, passed":           {Compared{Outcome: OutcomeRegressed, Severity: Low, Below: true}, SpecPassed, true},
		"waived, skipped":         {Compared{Outcome: OutcomeWaived}, SpecSkipped, true},
		"inconclusive, failed":    {Compared{Outcome: OutcomeInconclusive, Why: "no pod"}, SpecFailed, true},
		"regressed, passed":       {Compared{Outcome: OutcomeRegressed, Severity: High}, SpecPassed, false},
		"same, failed":            {Compared{Outcome: OutcomeSame}, SpecFailed, false},
		"same, skipped":           {Compared{Outcome: OutcomeSame}, SpecSkipped, false},
		"same, asserted nowhere":  {Compared{Outcome: OutcomeSame}, "", false},
		"regressed, never looked": {Compared{Outcome: OutcomeRegressed, Severity: High}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			one.compared.Cell = "a"
			events := comparing([]string{"a"}, one.compared)
			events[0].RunInfo.Specs = []string{UpgradeSuite}
			end := events[len(events)-1]
			events = events[:len(events)-1]
			if one.state != "" {
				events = append(events, Event{Run: "r", T: 4, Kind: SpecEnded, Cell: "edge/a", Spec: &Spec{Suite: UpgradeSuite, State: one.state}})
			}
			events = append(events, Event{Run: "r", T: 4, Kind: SpecsEnded, Spec: &Spec{Suite: UpgradeSuite, Succeeded: one.state != SpecFailed}}, end)
			s := Summarise(events)
			if one.agree {
				g.Expect(s.Problems).To(BeEmpty())
				g.Expect(s.Comparison.Cells[0].Outcome).To(Equal(one.compared.Outcome))
				return
			}
			g.Expect(s.Problems).To(HaveLen(1))
			g.Expect(s.Comparison.Cells[0].Outcome).To(Equal(OutcomeInconclusive))
			g.Expect(s.Exit()).To(Equal(ExitInconclusive))
		})
	}
}
