package run

import (
	"context"
	"sync"
	"time"

	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

const (
	// stallCheckInterval is the period of the timer that is checked for lateness.
	stallCheckInterval = 20 * time.Millisecond
	// stallThreshold is the lateness that counts as a stall. Anything shorter is within the tolerance of every limit.
	stallThreshold = 200 * time.Millisecond
)

// stalls records when this machine ran timers late. The server's timeouts are timers too: if one of stalemate's timers fired
// half a second late, the server's may have done so as well.
type stalls struct {
	mu   sync.Mutex
	seen []verdict.Stall
}

// watch records stalls until ctx ends.
func (s *stalls) watch(ctx context.Context) {
	tick := time.NewTicker(stallCheckInterval)
	defer tick.Stop()
	last := record.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := record.Now()
		if late := now - last - int64(stallCheckInterval); late >= int64(stallThreshold) {
			s.mu.Lock()
			s.seen = append(s.seen, verdict.Stall{From: last + int64(stallCheckInterval), To: now})
			s.mu.Unlock()
		}
		last = now
	}
}

// between are the stalls that overlap with the time between two moments.
func (s *stalls) between(from, to int64) []verdict.Stall {
	s.mu.Lock()
	defer s.mu.Unlock()
	var some []verdict.Stall
	for _, one := range s.seen {
		if one.From <= to && one.To >= from {
			some = append(some, one)
		}
	}
	return some
}

// sum is for how long this machine stalled between two times.
func (s *stalls) sum(from, to int64) time.Duration {
	all := time.Duration(0)
	for _, one := range s.between(from, to) {
		all += time.Duration(one.To - one.From)
	}
	return all
}

// Stalled is for how long this machine stalled between two times, in nanoseconds of CLOCK_MONOTONIC.
func (b *Background) Stalled(from, to int64) time.Duration { return b.execution.stalls.sum(from, to) }

// Stalled is for how long this machine stalled between two times, in nanoseconds of CLOCK_MONOTONIC.
func (p *Pod) Stalled(from, to int64) time.Duration { return p.execution.stalls.sum(from, to) }
