package verdict_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

// after is a start of 10 s at most that served everything then.
func after(served time.Duration) func(*verdict.Start) {
	return func(s *verdict.Start) { s.Served, s.Within = served, 10*time.Second }
}

func TestALateStart(t *testing.T) {
	slow := after(25100 * time.Millisecond)
	for name, c := range map[string]struct {
		start    verdict.Start
		verdict  record.Verdict
		status   record.Status
		severity record.Severity
	}{
		"late":                     {but(slow), record.Late, record.Failed, record.Medium},
		"with nothing before it":   {but(func(s *verdict.Start) { slow(s); s.First = true }), record.Late, record.Failed, record.Medium},
		"and a part is dead":       {but(func(s *verdict.Start) { slow(s); half(s) }), record.Degraded, record.Failed, record.High},
		"better than known":        {but(func(s *verdict.Start) { slow(s); s.Expect = record.Refuses }), record.Late, record.Failed, record.Low},
		"by less than is measured": {but(after(10*time.Second + 4*time.Millisecond)), record.Starts, record.Passed, ""},
		"by as much as is shown":   {but(after(10*time.Second + 10*time.Millisecond)), record.Late, record.Failed, record.Medium},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			j := verdict.Scenario(record.Plan{Expect: record.Starts}, []verdict.Start{c.start})
			g.Expect(j.Verdict).To(Equal(c.verdict), j.Message)
			g.Expect(j.Status).To(Equal(c.status), j.Message)
			g.Expect(j.Severity).To(Equal(c.severity), j.Message)
		})
	}
	late := but(slow)
	NewWithT(t).Expect(late.How()).To(Equal("everything was served after 25.10 s, and not within 10s"))
}
