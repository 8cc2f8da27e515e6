package autopsy

import (
	"fmt"
	"time"

	"stalemate/containers/proc"
	"stalemate/reports/record"
)

// step notes what was done, and at what time relative to the deadline.
func (c *Case) step(format string, args ...any) {
	when := ""
	if c.Deadline != 0 {
		when = fmt.Sprintf("%+.2fs: ", time.Duration(record.Now()-c.Deadline).Seconds())
	}
	c.steps = append(c.steps, when+fmt.Sprintf(format, args...))
}

// Report classifies what was found.
func (c *Case) Report() record.Autopsy {
	e := c.evidence()
	class, because := Classify(e)
	a := record.Autopsy{
		PID: c.PID, TID: c.TID, Class: string(class), Because: because,
		Caught: e.Caught, Blocked: e.Blocked, Ignored: e.Ignored, Pending: e.Pending,
		Deadline: c.Deadline, Steps: c.steps,
		Syscall: c.call.Name(), SyscallClass: string(c.call.Class()), SyscallPeer: c.peer(),
		HandlerRan:  class == Restarted || class == Looped || class == SentByParent,
		NotAttached: c.noAfter,
	}
	if e.Switches >= 0 {
		a.Switches = &e.Switches
	}
	if c.timed {
		a.SyscallClass = string(proc.AlwaysEINTR)
	}
	if fd, ok := c.call.FD(); ok {
		a.SyscallFD = fd
	}
	a.Waits = c.waits()
	if c.after != nil {
		a.Comm = c.after.Name
	}
	if l := c.stateBefore; l != nil {
		a.Attached, a.Restart, a.TimerBefore, a.Took = true, l.Restart, left(l.Timer), l.took.Seconds()
		a.Handler = nameAddress(c.PID, l.Handler)
	}
	if l := c.stateAfter; l != nil {
		a.Attached, a.TimerAfter, a.Took = true, left(l.Timer), l.took.Seconds()
		if c.stateBefore == nil {
			a.Restart = l.Restart
		}
		a.Handler = nameAddress(c.PID, l.Handler)
	}
	return a
}

// waits is how the process waits, for reports.
func (c *Case) waits() *record.Wait {
	w := c.wait
	if !w.HasOwn && len(w.Timers) == 0 {
		return nil
	}
	found := &record.Wait{}
	if w.HasOwn {
		found.Timeout = left(w.Own)
	}
	for _, t := range w.Timers {
		timer := record.ArmedTimer{FD: t.FD, Left: t.Left.Seconds()}
		if t.Interval > 0 {
			timer.Interval = left(t.Interval)
		}
		found.Timers = append(found.Timers, timer)
	}
	return found
}

// left is what a timer that was read had left, in seconds.
func left(timer time.Duration) *float64 {
	s := timer.Seconds()
	return &s
}

// evidence is the input of Classify.
func (c *Case) evidence() Evidence {
	e := Evidence{
		Deadline: c.Deadline != 0, Switches: -1, Segments: notCounted, Delayed: -1, NoBefore: c.noBefore, NoAfter: c.noAfter,
		Call: c.call, Wait: c.wait, TimedOut: c.timed,
	}
	if c.before != nil && c.after != nil {
		e.Switches, e.Segments, e.Looked = int64(c.after.Voluntary-c.before.Voluntary), arrived(c.before, c.after), c.after.at
		e.Delayed = delayed(c.before, c.after)
	}
	if st := c.after; st != nil {
		e.Caught, e.Ignored, e.Blocked = st.Caught.Has(alarm), st.Ignored.Has(alarm), st.Blocked.Has(alarm)
		e.Pending = st.Pending.Has(alarm) || st.Shared.Has(alarm)
	}
	if c.stateBefore != nil {
		e.Before = &c.stateBefore.SignalState
	}
	if c.stateAfter != nil {
		e.After = &c.stateAfter.SignalState
	}
	e.Where = c.where()
	return e
}

// where names the system call, its descriptor and its peer: "read(4) from 10.1.2.3:555".
func (c *Case) where() string {
	name := c.call.Name()
	if name == "" {
		return "a hidden system call"
	}
	if c.call.Running {
		return "its own code"
	}
	if fd, ok := c.call.FD(); ok {
		name = fmt.Sprintf("%s(%d)", name, fd)
	}
	if peer := c.peer(); peer != "" {
		name += " from " + peer
	}
	return name
}

// peer is the other end of the connection that the thread waits on.
func (c *Case) peer() string {
	fd, ok := c.call.FD()
	if c.Peer != "" && (!ok || fd == c.FD) {
		return c.Peer
	}
	if !ok {
		return ""
	}
	peer, err := proc.PeerOf(c.Root, c.PID, fd)
	if err != nil {
		return ""
	}
	return peer
}
