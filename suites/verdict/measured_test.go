package verdict_test

import (
	"fmt"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

// TestManyHoldsAreSummedUp: a message lists a few holds, and sums up more.
func TestManyHoldsAreSummedUp(t *testing.T) {
	g := NewWithT(t)
	plan := record.Plan{Stage: "http.headers", Expect: record.Fired, Limit: &record.Limit{Kind: record.Absolute, Seconds: 2, TooEarly: 0.25, TooLate: 0.5, Worker: 1}}
	var holds []verdict.Hold
	for i := range int64(6) {
		holds = append(holds, endedAt(fmt.Sprintf("h#%d", i), (3000+10*i)*ms))
	}
	j := verdict.Cell(plan, holds)
	g.Expect(j.Message).To(HavePrefix("fired: measured 2.00 s by fin, 2.01 s by fin, 2.02 s by fin, 2.03 s by fin, 2.04 s by fin, 2.05 s by fin; expected 2 s absolute"))
	for i := range int64(8) {
		open := endedAt(fmt.Sprintf("o#%d", i), 0)
		open.By, open.Watched = record.ByNothing, (9000+10*i)*ms
		holds = append(holds, open)
	}
	j = verdict.Cell(plan, holds)
	g.Expect(j.Message).To(Equal("unstable: measured 6 times 2.00 s to 2.05 s by fin, 8 times no release; expected 2 s absolute, -0.25/+0.5 s (no directive named); " +
		"still open after 8.00 s; still open after 8.01 s; still open after 8.02 s; still open after 8.03 s; still open after 8.04 s; still open after 8.05 s; and 2 more"))
}

// A server with a timeout of 60 s is not released under a policy of 30 s. That it never closes the connection is not known.
func TestNeverSaysWithinWhichTime(t *testing.T) {
	g := NewWithT(t)
	plan := record.Plan{Stage: "http.headers", Expect: record.Fired, Cap: 36.5, Limit: &record.Limit{Kind: record.Absolute, Seconds: 30, TooEarly: 0.25, TooLate: 1.5, Worker: 1, By: "policy fleet.yaml"}}
	open := endedAt("h#1", 0)
	open.By, open.Watched = record.ByNothing, 37500*ms
	j := verdict.Cell(plan, []verdict.Hold{open, open})
	g.Expect(j.Verdict).To(Equal(record.Never))
	g.Expect(j.Message).To(Equal("never: not released within the cap of 36.5 s; expected 30 s absolute, -0.25/+1.5 s (policy fleet.yaml); still open after 36.50 s"))
	plan.Cap = 0
	g.Expect(verdict.Cell(plan, []verdict.Hold{open}).Message).To(HavePrefix("never: measured no release; "), "nobody set a cap")
}
