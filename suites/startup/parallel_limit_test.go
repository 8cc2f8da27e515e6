package startup

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/suites/plan"
)

func TestFewPodsExistUntilNothingElseStartsAny(t *testing.T) {
	g := NewWithT(t)
	alone := make(chan struct{})
	p := newParallelLimit(alone)
	taken := make(chan func())
	go func() {
		for range plan.MaxStartPods + 1 {
			taken <- p.take()
		}
	}()
	var give func()
	for range plan.MaxStartPodsDuringBatches {
		g.Eventually(taken).Should(Receive(&give))
	}
	g.Consistently(taken, "50ms").ShouldNot(Receive())
	close(alone)
	for range plan.MaxStartPods - plan.MaxStartPodsDuringBatches {
		g.Eventually(taken).Should(Receive())
	}
	g.Consistently(taken, "50ms").ShouldNot(Receive())
	give()
	g.Eventually(taken).Should(Receive())
	p.close()
}

func TestTheLimitEndsWhereTheBatchesNeverDo(t *testing.T) {
	newParallelLimit(make(chan struct{})).close()
}

func TestAPodThatOnlyWaitsLetsAnotherWork(t *testing.T) {
	g := NewWithT(t)
	p := newParallelLimit(make(chan struct{}))
	var done []func()
	for range plan.MaxStartPodsDuringBatches {
		done = append(done, p.take())
	}
	takeBack := p.lend()
	another := p.take()
	taken := make(chan struct{})
	go func() {
		takeBack()
		close(taken)
	}()
	g.Consistently(taken, "50ms").ShouldNot(BeClosed(), "the other works")
	another()
	g.Eventually(taken).Should(BeClosed())
	for _, one := range done {
		one()
	}
	p.close()
}
