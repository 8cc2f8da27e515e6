package autopsy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"stalemate/containers/proc"
	"stalemate/reports/record"
)

// Options are the options of Inspect.
type Options struct {
	Root     string        // "" is proc.Root
	FD       int           // the connection's descriptor; -1: the one that the first thread waits on
	Deadline time.Duration // from now; 0: observe once, now
	Margin   time.Duration // how long before and after the deadline to observe; 0: one second
	Attach   Attach
}

// Inspect examines a live process. With a deadline it returns Margin after it, with the class. Without one it says what the
// process waits in and what SIGALRM would do, and the class is Unknown unless it shows at once. Errors: fs.ErrNotExist if there
// is no such process, fs.ErrPermission if this user may not trace it.
func Inspect(ctx context.Context, pid int, o Options) (record.Autopsy, error) {
	if o.Root == "" {
		o.Root = proc.Root
	}
	if o.Margin == 0 {
		o.Margin = time.Second
	}
	now := record.Now()
	c, err := Open(o.Root, pid, o.FD)
	if err != nil {
		return record.Autopsy{}, err
	}
	if o.Deadline > 0 {
		c.Deadline = now + int64(o.Deadline)
		c.Second = c.Deadline + int64(o.Margin)
		if err := errors.Join(until(ctx, c.Deadline-int64(o.Margin)), c.Before(ctx, o.Attach)); err != nil {
			return c.Report(), fmt.Errorf("observe the process before the deadline: %w", err)
		}
		if err := errors.Join(until(ctx, c.Deadline+int64(o.Margin)), c.After()); err != nil {
			return c.Report(), fmt.Errorf("observe the process after the deadline: %w", err)
		}
	}
	err = c.Attach(ctx)
	return c.Report(), err
}

// until waits for a time of CLOCK_MONOTONIC, in ns.
func until(ctx context.Context, at int64) error {
	timer := time.NewTimer(max(0, time.Duration(at-record.Now())))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
