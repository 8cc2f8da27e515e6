package startup

import (
	"time"

	"stalemate/suites/verdict"
)

// asked is one question to an oracle: the answer, and when the exchange began and ended, in nanoseconds of CLOCK_MONOTONIC.
type asked struct {
	verdict.Oracle
	began, ended int64
}

// serviceTimes tells since when each oracle is served. The times count from the start of the server.
type serviceTimes struct {
	from   int64
	failed map[string]int64 // when the last exchange that failed began
	served map[string]time.Duration
}

func newServiceTimes(from int64) *serviceTimes {
	return &serviceTimes{from: from, failed: map[string]int64{}, served: map[string]time.Duration{}}
}

// add notes one answer. Between the last failure and the first success stalemate did not ask: that time does not count, since
// the server may have served already.
func (s *serviceTimes) add(a asked) {
	if !a.OK {
		s.failed[a.Name] = a.began
		delete(s.served, a.Name)
		return
	}
	if _, known := s.served[a.Name]; known {
		return
	}
	notServed := max(s.failed[a.Name], s.from)
	s.served[a.Name] = time.Duration(notServed - s.from + a.ended - a.began)
}

// all is when the last of the oracles was served.
func (s *serviceTimes) all() time.Duration {
	last := time.Duration(0)
	for _, at := range s.served {
		last = max(last, at)
	}
	return last
}
