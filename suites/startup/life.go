package startup

import (
	"context"
	"time"

	"stalemate/containers/pod"
)

// life is whether the main process of the present incarnation runs, as the engine tells it once.
type life struct {
	end  <-chan error // see pod.End
	over bool
}

// follow follows the present incarnation until ctx ends.
func follow(ctx context.Context, p *pod.Pod) *life { return &life{end: p.End(ctx)} }

// runs says whether no end was told yet.
func (l *life) runs() (bool, error) {
	select {
	case err := <-l.end: // which says no more afterwards
		l.over = true
		return false, err
	default:
		return !l.over, nil
	}
}

// pause waits for the end, or for then, whichever comes first.
func (l *life) pause(ctx context.Context, then <-chan time.Time) error {
	select {
	case err := <-l.end:
		l.over = true
		return err
	case <-then:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
