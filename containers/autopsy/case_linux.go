package autopsy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"stalemate/containers/autopsy/proc"
)

// alarm is SIGALRM's number on every architecture that is supported.
const alarm = 14

// tooClose is how near to the deadline a look ahead of it may end and still count as ahead.
const tooClose = 50 * time.Millisecond

// Case is the autopsy of one thread that serves one connection. Its methods are
// called in this order, each at most once; any may be left out, and what it would have told is then missing:
//
//	Before (ahead of the deadline)   After (past it)   Attach (after the verdict)   Report
//
// A Case is not for use by several goroutines at a time.
type Case struct {
	Root     string // where processes are listed: proc.Root
	PID      int
	TID      int
	FD       int    // the connection's descriptor in the process; -1: whatever the thread waits on
	Peer     string // the connection's other end, for people; "" is looked up
	Deadline int64  // CLOCK_MONOTONIC ns; 0: none
	Earliest int64  // what may run out at the deadline cannot do so sooner; 0: the deadline
	Bytes    int64  // that came on the connection between Before and After; -1 not known

	before, after *proc.Status
	start         uint64 // start time of the process: another life of the same PID is no evidence
	call          proc.Syscall
	timed         bool
	lookBefore    *looked
	lookAfter     *looked
	unlooked      string
	hidden        string
	steps         []string
}

// Attach says when a Case may stop the process ahead of the deadline.
type Attach int

// The choices.
const (
	IfHarmless Attach = iota // only where the call is taken up again unnoticed
	Later                    // not ahead of the deadline
)

// Open begins a case on the thread of a process that waits on the descriptor;
// with fd -1 on its first thread. A process without such a thread (an event
// loop) is looked at by its first one.
func Open(root string, pid, fd int) (*Case, error) {
	c := &Case{Root: root, PID: pid, TID: pid, FD: fd, Bytes: -1, unlooked: "which was not asked for"}
	st, err := proc.ReadStat(root, pid, pid)
	if err != nil {
		return nil, err
	}
	c.start = st.Start
	if fd < 0 {
		return c, nil
	}
	tid, _, err := proc.ThreadOn(root, pid, fd)
	c.TID = tid
	if err != nil {
		c.step("%v; its first thread is looked at", err)
	}
	return c, nil
}

// Before looks at the thread ahead of the deadline. Its count of context
// switches is read last, so that a stop of ours is not counted.
func (c *Case) Before(ctx context.Context, attach Attach) error {
	settled := true
	call, err := c.readCall()
	if err != nil {
		c.unlooked = "since what it waits in is hidden"
		c.step("the system call is hidden: %v", err)
	} else if c.mayStop(call, attach) {
		l, err := lookInto(ctx, c.Root, c.PID, c.TID)
		if err != nil {
			c.unlooked = fmt.Sprintf("since %v", err)
		} else {
			c.lookBefore = l
			c.step("attached for %s while it waited in %s, which goes on unnoticed", l.took.Round(time.Microsecond), call.Name())
			settled = c.settle(ctx, call)
		}
	}
	st, err := proc.ReadStatus(c.Root, c.PID, c.TID)
	if err != nil {
		return err
	}
	earliest := c.Deadline
	if c.Earliest != 0 {
		earliest = c.Earliest
	}
	if earliest != 0 && proc.Monotonic() > earliest-int64(tooClose) {
		c.lookBefore, c.unlooked = nil, "since the look came too late"
		c.step("the look before the deadline came too late, and is not used")
		return nil
	}
	if !settled {
		c.step("it was not back in %s after %s, so its switches are not counted", call.Name(), settleWithin)
		return nil
	}
	c.before = &st
	c.step("read %d voluntary switches", st.Voluntary)
	return nil
}

// mayStop tells whether a stop in this call is unnoticed by the program, and notes why not.
func (c *Case) mayStop(call proc.Syscall, attach Attach) bool {
	if attach == Later {
		return false
	}
	if call.Class() == proc.PartWay {
		c.unlooked = fmt.Sprintf("since a stop ends a %s that has sent a part", call.Name())
		return false
	}
	if call.Class() != proc.Restartable {
		c.unlooked = fmt.Sprintf("since a stop in %s might be noticed", call.Name())
		return false
	}
	if fd, ok := call.FD(); ok {
		timed, err := proc.TimedSocket(c.PID, fd)
		if err != nil {
			c.unlooked = fmt.Sprintf("since it is not known whether descriptor %d has a receive timeout: %v", fd, err)
			return false
		}
		if timed {
			c.timed = true
			c.unlooked = fmt.Sprintf("since descriptor %d has a receive timeout, with which a stop ends the call", fd)
			return false
		}
	}
	return true
}

// After looks at the thread past the deadline. It never stops it.
func (c *Case) After() error {
	if err := c.alive(); err != nil {
		return err
	}
	st, err := proc.ReadStatus(c.Root, c.PID, c.TID)
	if err != nil {
		return err
	}
	c.after = &st
	if call, err := c.readCall(); err == nil {
		c.call = call
	}
	c.step("read %d voluntary switches, in %s", st.Voluntary, c.call.Name())
	return nil
}

// Attach stops the process for a moment. Only after the verdict.
func (c *Case) Attach(ctx context.Context) error {
	if err := c.alive(); err != nil {
		c.hidden = err.Error()
		return err
	}
	call, err := c.settledCall(ctx)
	if err == nil {
		c.call = call
		if fd, ok := call.FD(); ok {
			if timed, err := proc.TimedSocket(c.PID, fd); err == nil {
				c.timed = timed
			}
		}
	}
	if c.after == nil {
		st, err := proc.ReadStatus(c.Root, c.PID, c.TID)
		if err != nil {
			return err
		}
		c.after = &st
	}
	l, errLook := lookInto(ctx, c.Root, c.PID, c.TID)
	if errLook != nil {
		c.hidden = errLook.Error()
		return errLook
	}
	if err != nil { // hidden from /proc, but the stop has shown it
		c.call = l.call
	}
	c.lookAfter = l
	c.step("attached for %s", l.took.Round(time.Microsecond))
	return nil
}

var errOtherLife = errors.New("the process has ended; another has its number")

// alive tells whether the process is still the one that the case was opened on.
func (c *Case) alive() error {
	st, err := proc.ReadStat(c.Root, c.PID, c.PID)
	if err != nil {
		return err
	}
	if st.Start != c.start {
		return fmt.Errorf("process %d: %w", c.PID, errOtherLife)
	}
	return nil
}

func (c *Case) readCall() (proc.Syscall, error) { return proc.ReadSyscall(c.Root, c.PID, c.TID) }
