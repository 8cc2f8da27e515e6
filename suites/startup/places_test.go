package startup

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/suites/plan"
)

func TestThereAreFewPlacesUntilNobodyElseStartsAnything(t *testing.T) {
	g := NewWithT(t)
	alone := make(chan struct{})
	p := newPlaces(alone)
	taken := make(chan func())
	go func() {
		for range plan.StartPodsAtOnce + 1 {
			taken <- p.take()
		}
	}()
	var give func()
	for range plan.StartPodsBesideWaves {
		g.Eventually(taken).Should(Receive(&give))
	}
	g.Consistently(taken, "50ms").ShouldNot(Receive())
	close(alone)
	for range plan.StartPodsAtOnce - plan.StartPodsBesideWaves {
		g.Eventually(taken).Should(Receive())
	}
	g.Consistently(taken, "50ms").ShouldNot(Receive())
	give()
	g.Eventually(taken).Should(Receive())
	p.close()
}

func TestPlacesEndWhereTheWavesNeverDo(t *testing.T) {
	newPlaces(make(chan struct{})).close()
}
