package run

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/suites/plan"
)

// TestNoAttemptBeginsThatEndsTooLate: learn bounds its time, and one more attempt lasts as long as the first.
func TestNoAttemptBeginsThatEndsTooLate(t *testing.T) {
	g := NewWithT(t)
	cell := &plan.Cell{Address: "t/tls/tls.client-hello/silent", Watch: time.Minute}
	attempts := func(until time.Time) int {
		e := NewExecution(Config{Plan: &plan.Plan{Cells: []*plan.Cell{cell}}, RetryUntil: until})
		n := 1
		for e.retry(cell) {
			n++
		}
		return n
	}
	g.Expect(attempts(time.Time{})).To(Equal(maxAttempts))
	g.Expect(attempts(time.Now().Add(time.Hour))).To(Equal(maxAttempts))
	g.Expect(attempts(time.Now().Add(50*time.Second))).To(Equal(1), "the second would end after the time")
}
