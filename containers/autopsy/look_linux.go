package autopsy

import (
	"time"

	"stalemate/containers/proc"
	"stalemate/reports/record"
)

// look is what /proc shows of the thread, and how many segments had arrived on the connection then.
type look struct {
	proc.Status
	at       int64 // CLOCK_MONOTONIC, ns
	segments Count
	delayed  time.Duration // in all, on the queue of a processor; -1: not known
}

// look reads the thread's status between two counts of the segments: one that arrives meanwhile may be in the status or not.
func (c *Case) look() (*look, error) {
	least, errLeast := c.segments()
	st, err := proc.ReadStatus(c.Root, c.PID, c.TID)
	if err != nil {
		return nil, err
	}
	l := &look{Status: st, at: record.Now(), segments: notCounted, delayed: -1}
	if delays, err := proc.RunDelays(c.Root, c.PID); err == nil {
		if delayed, ok := delays[c.TID]; ok {
			l.delayed = delayed
		}
	}
	if most, err := c.segments(); err == nil && errLeast == nil {
		l.segments = Count{least, most}
	}
	return l, nil
}

// lookOnce makes the second look, unless it was made. One that comes too soon says nothing of the deadline.
func (c *Case) lookOnce() error {
	if c.after != nil {
		return nil
	}
	l, err := c.look()
	if err != nil {
		return err
	}
	c.after = l
	if c.Deadline != 0 && l.at < max(c.Deadline, c.Second) {
		c.before = nil
		c.step("the autopsy came before the second look, so the deadline was not watched")
	}
	return nil
}

// segments counts the segments that have arrived on the connection.
func (c *Case) segments() (int64, error) {
	if c.Segments != nil {
		return c.Segments()
	}
	fd := c.FD
	if fd < 0 {
		call, err := c.readCall()
		if err != nil {
			return 0, err
		}
		fd, _ = call.FD()
	}
	return proc.SegmentsReceived(c.PID, fd)
}

// arrived is how many segments arrived between two looks.
func arrived(before, after *look) Count {
	if !before.segments.known() || !after.segments.known() {
		return notCounted
	}
	return Count{max(0, after.segments.Least-before.segments.Most), after.segments.Most - before.segments.Least}
}

// delayed is how long the thread waited for a processor between two looks; -1: not known.
func delayed(before, after *look) time.Duration {
	if before.delayed < 0 || after.delayed < 0 {
		return -1
	}
	return after.delayed - before.delayed
}
