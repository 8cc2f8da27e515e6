package matchers_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	. "stalemate/suites/matchers"
)

func TestACellRegressesWhereItMakesTheRunFail(t *testing.T) {
	g := NewWithT(t)
	for _, outcome := range []record.Outcome{record.OutcomeSame, record.OutcomeFixed} {
		g.Expect(record.Compared{Outcome: outcome}).To(NotRegress())
	}
	for _, outcome := range []record.Outcome{record.OutcomeRegressed, record.OutcomeChanged} {
		g.Expect(record.Compared{Outcome: outcome}).NotTo(NotRegress())
		g.Expect(record.Compared{Outcome: outcome, Below: true}).To(NotRegress(), "below --fail-on")
	}
	g.Expect(record.Compared{Outcome: record.OutcomeInconclusive}).NotTo(NotRegress())
	g.Expect(record.Compared{}).NotTo(NotRegress(), "no outcome is no success")
	g.Expect(record.Compared{Outcome: record.OutcomeRegressed}).To(HaveOutcome(record.OutcomeRegressed))
	g.Expect(record.Compared{Outcome: record.OutcomeSame}).NotTo(HaveOutcome(record.OutcomeRegressed))
	_, err := NotRegress().Match("a text")
	g.Expect(err).To(MatchError(ContainSubstring("not a string")))
}

func TestARegressionSaysWhatBothBuildsShowed(t *testing.T) {
	g := NewWithT(t)
	c := record.Compared{Cell: "web/http.body/silent", Outcome: record.OutcomeRegressed, Severity: record.High, Baseline: record.Measurements{Text: "fired 5.0s"},
		Candidate: record.Measurements{Text: "open at 20s (5 of 5)", Evidence: []string{"SA_RESTART is set"}}}
	g.Expect(NotRegress().FailureMessage(c)).To(Equal("web/http.body/silent: expected the candidate not to be worse than the baseline; it is regressed high\n" +
		"baseline   fired 5.0s\ncandidate  open at 20s (5 of 5)\nSA_RESTART is set"))
	g.Expect(NotRegress().FailureMessage(record.Compared{Outcome: record.OutcomeInconclusive, Why: "repeats disagree"})).To(ContainSubstring("\nrepeats disagree\n"))
}
