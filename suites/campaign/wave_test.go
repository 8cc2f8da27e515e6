package campaign

import (
	"testing"

	. "github.com/onsi/gomega"
)

// TestSomePodsAtATimeStartWhileTheWaveBeforeHolds lets the next start when one has, and the rest when the wave is over.
func TestSomePodsAtATimeStartWhileTheWaveBeforeHolds(t *testing.T) {
	g := NewWithT(t)
	w := &underway{before: &underway{over: make(chan struct{})}, turn: make(chan struct{}, 2)}
	places := make(chan func())
	for range 5 {
		go func() { places <- w.wait() }()
	}
	first := <-places
	g.Eventually(places).Should(Receive())
	g.Consistently(places, "50ms").ShouldNot(Receive())
	first()
	g.Eventually(places).Should(Receive())
	g.Consistently(places, "50ms").ShouldNot(Receive())
	close(w.before.over)
	g.Eventually(places).Should(Receive())
	g.Eventually(places).Should(Receive())
}
