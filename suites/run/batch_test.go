package run

import (
	"testing"

	. "github.com/onsi/gomega"
)

// A start slot is passed on when a pod has started. All remaining pods start when the previous batch is done.
func TestTwoPodsAtATimeStartWhileThePreviousBatchHolds(t *testing.T) {
	g := NewWithT(t)
	b := &runningBatch{previous: &runningBatch{done: make(chan struct{})}, startSlots: make(chan struct{}, 2)}
	slots := make(chan func())
	for range 5 {
		go func() { slots <- b.awaitStartSlot() }()
	}
	first := <-slots
	g.Eventually(slots).Should(Receive())
	g.Consistently(slots, "50ms").ShouldNot(Receive())
	first()
	g.Eventually(slots).Should(Receive())
	g.Consistently(slots, "50ms").ShouldNot(Receive())
	close(b.previous.done)
	g.Eventually(slots).Should(Receive())
	g.Eventually(slots).Should(Receive())
}
