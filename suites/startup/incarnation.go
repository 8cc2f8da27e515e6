package startup

import (
	"context"
	"time"

	"stalemate/suites/run"
)

// incarnation tells whether the main process of the present incarnation runs, as the engine tells it once.
type incarnation struct {
	end  <-chan error // see pod.End
	over bool
}

// follow follows the present incarnation until ctx ends.
func follow(ctx context.Context, p run.Server) *incarnation { return &incarnation{end: p.End(ctx)} }

// runs says whether no end was told yet.
func (i *incarnation) runs() (bool, error) {
	select {
	case err := <-i.end: // which says no more afterwards
		i.over = true
		return false, err
	default:
		return !i.over, nil
	}
}

// pause waits for the end, or for then, whichever comes first.
func (i *incarnation) pause(ctx context.Context, then <-chan time.Time) error {
	select {
	case err := <-i.end:
		i.over = true
		return err
	case <-then:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
