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
