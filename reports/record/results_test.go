package record

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestEveryWordHasAMeaning(t *testing.T) {
	g := NewWithT(t)
	for _, v := range Verdicts() {
		g.Expect(v.Meaning()).NotTo(BeEmpty(), string(v))
	}
	for _, o := range Outcomes() {
		g.Expect(o.Meaning()).NotTo(BeEmpty(), string(o))
	}
	for _, s := range Severities() {
		g.Expect(s.Meaning()).NotTo(BeEmpty(), string(s))
	}
	g.Expect(Verdict("x").Meaning() + Outcome("x").Meaning() + Severity("x").Meaning()).To(BeEmpty())
}

func TestResultsAgreeWithTheTally(t *testing.T) {
	g := NewWithT(t)
	events, err := ReadFile("../testdata/every-verdict.jsonl")
	g.Expect(err).NotTo(HaveOccurred())
	for i := range events {
		if events[i].Kind == RunStarted {
			events[i].RunInfo.FailOn = High
		}
	}
	s := Summarise(events)
	totals := s.Totals()
	g.Expect(totals.All).To(Equal(s.Tally.Planned))
	g.Expect(totals.Below).To(Equal(s.Tally.Below))
	g.Expect(totals.Failed + totals.Below).To(Equal(s.Tally.Statuses[Failed]))
	g.Expect(totals.Inconclusive).To(Equal(s.Tally.Statuses[Unknown]))
	g.Expect(totals.Skipped).To(Equal(s.Tally.Statuses[Skipped]))
	g.Expect(totals.Passed).To(Equal(s.Tally.Statuses[Passed]))
	for _, r := range s.Results() {
		g.Expect(r.Message).NotTo(HavePrefix(r.Word + ":"))
		if r.Word == "waived" {
			g.Expect(r.Message).To(Equal("old load balancer, OPS-12, expires 2027-01-31 (late: fired at 12.0 s)"))
		}
	}
}
