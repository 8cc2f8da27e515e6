package startup

import (
	"sync"

	"stalemate/suites/plan"
)

// podsPerSlot is how many pods exist for each that has work for the engine: the others wait to see that a server lasts.
const podsPerSlot = 2

// parallelLimit bounds how many pods of the suite exist, and how many of them work at the same time: few while batches of other
// pods are to be started, more when nothing else starts pods.
type parallelLimit struct {
	work  chan struct{}
	pods  chan struct{}
	over  chan struct{}
	added chan struct{} // closed when no more will be added
}

func newParallelLimit(alone <-chan struct{}) *parallelLimit {
	l := &parallelLimit{work: make(chan struct{}, plan.MaxStartPods), pods: make(chan struct{}, podsPerSlot*plan.MaxStartPods),
		over: make(chan struct{}), added: make(chan struct{})}
	l.add(plan.MaxStartPodsDuringBatches)
	go func() {
		defer close(l.added)
		select {
		case <-alone:
			l.add(plan.MaxStartPods - plan.MaxStartPodsDuringBatches)
		case <-l.over:
		}
	}()
	return l
}

func (l *parallelLimit) add(n int) {
	for range n {
		l.work <- struct{}{}
	}
	for range podsPerSlot * n {
		l.pods <- struct{}{}
	}
}

// take waits until one more pod may exist and work. The caller calls done when that pod is removed.
func (l *parallelLimit) take() (done func()) {
	<-l.pods
	<-l.work
	return func() { l.work <- struct{}{}; l.pods <- struct{}{} }
}

// lend lets another pod work while the caller's only waits. takeBack waits until the caller's may work again.
func (l *parallelLimit) lend() (takeBack func()) {
	l.work <- struct{}{}
	return sync.OnceFunc(func() { <-l.work })
}

// close ends it when all pods are done.
func (l *parallelLimit) close() {
	close(l.over)
	<-l.added
}
