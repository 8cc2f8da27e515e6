package autopsy

import (
	"fmt"
	"time"

	"stalemate/containers/autopsy/proc"
	"stalemate/reports/record"
)

// step notes what was done, and when in relation to the deadline.
func (c *Case) step(format string, args ...any) {
	when := ""
	if c.Deadline != 0 {
		when = fmt.Sprintf("%+.2fs: ", time.Duration(proc.Monotonic()-c.Deadline).Seconds())
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
		TimerBefore: -1, TimerAfter: -1, Switches: e.Switches, Deadline: c.Deadline, Steps: c.steps,
		Syscall: c.call.Name(), SyscallClass: string(c.call.Class()), SyscallPeer: c.peer(),
		HandlerRan:  class == Restarted || class == Looped || class == SentByParent,
		NotAttached: c.hidden,
	}
	if c.timed {
		a.SyscallClass = string(proc.AlwaysEINTR)
	}
	if fd, ok := c.call.FD(); ok {
		a.SyscallFD = fd
	}
	if c.after != nil {
		a.Comm = c.after.Name
	}
	if l := c.lookBefore; l != nil {
		a.Attached, a.Restart, a.TimerBefore, a.TookNS = true, l.Restart, int64(l.Timer), int64(l.took)
		a.Handler = nameAddress(c.PID, l.Handler)
	}
	if l := c.lookAfter; l != nil {
		a.Attached, a.TimerAfter, a.TookNS = true, int64(l.Timer), int64(l.took)
		if c.lookBefore == nil {
			a.Restart = l.Restart
		}
		a.Handler = nameAddress(c.PID, l.Handler)
	}
	return a
}

// evidence is what was found, as Classify wants it.
func (c *Case) evidence() Evidence {
	e := Evidence{
		Deadline: c.Deadline != 0, Switches: -1, Bytes: c.Bytes, Unlooked: c.unlooked, Hidden: c.hidden,
		Call: c.call, TimedOut: c.timed,
	}
	if c.before != nil && c.after != nil {
		e.Switches = int64(c.after.Voluntary - c.before.Voluntary)
	}
	if st := c.after; st != nil {
		e.Caught, e.Ignored, e.Blocked = st.Caught.Has(alarm), st.Ignored.Has(alarm), st.Blocked.Has(alarm)
		e.Pending = st.Pending.Has(alarm) || st.Shared.Has(alarm)
	}
	if c.lookBefore != nil {
		e.Before = &c.lookBefore.Look
	}
	if c.lookAfter != nil {
		e.After = &c.lookAfter.Look
	}
	e.Own, e.HasOwn = proc.Timeout(c.PID, c.call)
	e.Where = c.where()
	return e
}

// where names the call, its descriptor and its peer.
func (c *Case) where() string {
	name := c.call.Name()
	if name == "" {
		return "a call that is hidden"
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

// peer is the other end of the connection that the case is about.
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
