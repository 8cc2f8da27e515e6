package matchers_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	. "stalemate/suites/matchers"
	"stalemate/suites/verdict"
)

func measured(v record.Verdict, status record.Status) verdict.Measured {
	return verdict.Measured{Address: "edge/web/http.body/silent",
		Plan:      record.Plan{Expect: record.Fired, Directive: "client_body_timeout"},
		Judgement: record.Judgement{Verdict: v, Status: status, Message: "never: measured no release in 20 s, expected 5 s idle", Evidence: []string{"SA_RESTART is set"}}}
}

func TestACellEndsAsPlannedWhereItsVerdictIsWhatIsExpected(t *testing.T) {
	g := NewWithT(t)
	g.Expect(measured(record.Fired, record.Passed)).To(EndAsPlanned())
	g.Expect(measured(record.AsDeclared, record.Passed)).To(EndAsPlanned())
	g.Expect(measured(record.Never, record.Failed)).NotTo(EndAsPlanned())
	g.Expect(measured(record.Never, record.Passed)).NotTo(EndAsPlanned(), "it passed as something that was not expected")
	g.Expect(measured(record.Inconclusive, record.Unknown)).NotTo(RecoverAsPlanned())
	g.Expect(measured(record.Fired, record.Passed)).To(StartAsPlanned())
	_, err := EndAsPlanned().Match("a text")
	g.Expect(err).To(MatchError(ContainSubstring("not a string")))
}

func TestAFailureSaysWhatWasMeasuredAndExpected(t *testing.T) {
	g := NewWithT(t)
	g.Expect(EndAsPlanned().FailureMessage(measured(record.Never, record.Failed))).To(Equal(
		"edge/web/http.body/silent: expected holds to end as planned\nnever: measured no release in 20 s, expected 5 s idle\n" +
			"directive: client_body_timeout\nSA_RESTART is set"))
	g.Expect(StartAsPlanned().NegatedFailureMessage(measured(record.Fired, record.Passed))).To(HavePrefix(
		"edge/web/http.body/silent: expected not the server to start as planned\n"))
}
