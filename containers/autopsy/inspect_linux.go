package autopsy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"stalemate/containers/autopsy/proc"
	"stalemate/reports/record"
)

// Options say how Inspect looks.
type Options struct {
	Root     string        // "" is proc.Root
	FD       int           // the connection's descriptor; -1: what the first thread waits on
	Deadline time.Duration // from now; 0: look once, at once
	Margin   time.Duration // how long before and after the deadline to look; 0 is one second
	Attach   Attach
}

// Inspect looks into a live process. With a deadline it returns one margin
// after it, with the class; without one it says what the process waits in and
// what SIGALRM would do to it, and the class is Unknown unless it shows at once.
// Errors: fs.ErrNotExist where there is no such process, fs.ErrPermission where it may not be traced.
func Inspect(ctx context.Context, pid int, o Options) (record.Autopsy, error) {
	if o.Root == "" {
		o.Root = proc.Root
	}
	if o.Margin == 0 {
		o.Margin = time.Second
	}
	now := proc.Monotonic()
	c, err := Open(o.Root, pid, o.FD)
	if err != nil {
		return record.Autopsy{}, err
	}
	if o.Deadline > 0 {
		c.Deadline = now + int64(o.Deadline)
		if err := errors.Join(until(ctx, c.Deadline-int64(o.Margin)), c.Before(ctx, o.Attach)); err != nil {
			return c.Report(), fmt.Errorf("before the deadline: %w", err)
		}
		if err := errors.Join(until(ctx, c.Deadline+int64(o.Margin)), c.After()); err != nil {
			return c.Report(), fmt.Errorf("after the deadline: %w", err)
		}
	}
	err = c.Attach(ctx)
	return c.Report(), err
}

// until waits for a time of CLOCK_MONOTONIC.
func until(ctx context.Context, at int64) error {
	timer := time.NewTimer(max(0, time.Duration(at-proc.Monotonic())))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
