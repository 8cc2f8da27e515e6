package startup

import "stalemate/suites/plan"

// places are those of the pods that may be there at once: few beside the waves, more when nobody else starts anything.
type places struct {
	free  chan struct{}
	over  chan struct{}
	added chan struct{} // closed when none will be added any more
}

func newPlaces(alone <-chan struct{}) *places {
	p := &places{free: make(chan struct{}, plan.StartPodsAtOnce), over: make(chan struct{}), added: make(chan struct{})}
	p.add(plan.StartPodsBesideWaves)
	go func() {
		defer close(p.added)
		select {
		case <-alone:
			p.add(plan.StartPodsAtOnce - plan.StartPodsBesideWaves)
		case <-p.over:
		}
	}()
	return p
}

func (p *places) add(n int) {
	for range n {
		p.free <- struct{}{}
	}
}

// take waits for a place; give gives it back.
func (p *places) take() (give func()) {
	<-p.free
	return func() { p.free <- struct{}{} }
}

// close ends it when all places were given back.
func (p *places) close() {
	close(p.over)
	<-p.added
}
