package campaign

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func TestOnlyStallsWithinAHoldCount(t *testing.T) {
	g := NewWithT(t)
	second := int64(time.Second)
	s := stalls{seen: []stall{{From: 10 * second, To: 11 * second}, {From: 20 * second, To: 20*second + second/2}}}
	g.Expect(s.worst(0, 9*second)).To(BeZero())
	g.Expect(s.worst(0, 10*second)).To(BeEquivalentTo(1), "it began within")
	g.Expect(s.worst(15*second, 30*second)).To(BeEquivalentTo(0.5))
	g.Expect(s.worst(0, 30*second)).To(BeEquivalentTo(1), "the worst")
	g.Expect(s.worst(21*second, 30*second)).To(BeZero())
}
