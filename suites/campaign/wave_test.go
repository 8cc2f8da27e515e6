package campaign

import (
	"testing"

	. "github.com/onsi/gomega"
)

// TestOnePodAtATimeStartsWhileTheWaveBeforeHolds lets the second start when the first has, and the rest when the wave is over.
func TestOnePodAtATimeStartsWhileTheWaveBeforeHolds(t *testing.T) {
	g := NewWithT(t)
	w := &underway{before: &underway{over: make(chan struct{})}, turn: make(chan struct{}, 1)}
	places := make(chan func())
	for range 4 {
		go func() { places <- w.wait() }()
	}
	first := <-places
	g.Consistently(places, "50ms").ShouldNot(Receive())
	first()
	g.Eventually(places).Should(Receive())
	g.Consistently(places, "50ms").ShouldNot(Receive())
	close(w.before.over)
	g.Eventually(places).Should(Receive())
	g.Eventually(places).Should(Receive())
}
