package inspect

import (
	"context"
	"time"
)

// caseWithin bounds one step of an autopsy.
const caseWithin = 5 * time.Second

// runAt runs do in the goroutine of loop at a time of CLOCK_MONOTONIC, in ns, or at once if that has passed.
func (s *server) runAt(at int64, do func()) {
	wait := max(0, time.Duration(at-s.now()))
	time.AfterFunc(wait, func() { s.runInLoop(do) })
}

// runInLoop runs do in the goroutine of loop.
func (s *server) runInLoop(do func()) {
	select {
	case s.later <- do:
	case <-s.ctx.Done():
	}
}

// runJob runs do in a separate goroutine, and what do returns in that of loop. Jobs run one after the other: they stop
// processes, and would make each other's stops longer.
func (s *server) runJob(do func(context.Context) func()) {
	go func() {
		select {
		case s.busy <- struct{}{}:
		case <-s.ctx.Done():
			return
		}
		defer func() { <-s.busy }()
		ctx, cancel := context.WithTimeout(s.ctx, caseWithin)
		defer cancel()
		s.runInLoop(do(ctx))
	}()
}
