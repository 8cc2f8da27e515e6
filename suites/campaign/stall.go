package campaign

import (
	"context"
	"sync"
	"time"

	"stalemate/reports/record"
)

const (
	// stallEvery is how often the machine is asked whether it runs timers on time.
	stallEvery = 20 * time.Millisecond
	// stallCounts is from where on a late timer is a stall: less is within every tolerance.
	stallCounts = 200 * time.Millisecond
)

// stalls remembers when this machine ran timers late. A server's timeout is a
// timer too: where ours came half a second late, so may the server's have.
type stalls struct {
	mu   sync.Mutex
	seen []stall
}

// stall is one late timer: it was due at From and came at To, CLOCK_MONOTONIC ns.
type stall struct{ From, To int64 }

// watch goes on until ctx is over.
func (s *stalls) watch(ctx context.Context) {
	tick := time.NewTicker(stallEvery)
	defer tick.Stop()
	last := record.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := record.Now()
		if late := now - last - int64(stallEvery); late >= int64(stallCounts) {
			s.mu.Lock()
			s.seen = append(s.seen, stall{From: last + int64(stallEvery), To: now})
			s.mu.Unlock()
		}
		last = now
	}
}

// worst is the longest stall that touches the time between two moments, in seconds.
func (s *stalls) worst(from, to int64) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	worst := int64(0)
	for _, one := range s.seen {
		if one.From <= to && one.To >= from {
			worst = max(worst, one.To-one.From)
		}
	}
	return time.Duration(worst).Seconds()
}
