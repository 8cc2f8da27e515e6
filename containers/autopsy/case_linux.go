package autopsy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"stalemate/containers/proc"
	"stalemate/reports/record"
)

// alarm is the number of SIGALRM on amd64 and arm64.
const alarm = 14

// tooClose is how long before the deadline an observation must end to count as before it.
const tooClose = 50 * time.Millisecond

// Case is the autopsy of one thread that serves one connection. Call the methods in this order, each at most once:
//
//	Before (before the deadline)   After (after it)   Attach (after the verdict)   Report
//
// Without one of them, what it reads is missing from the report. A Case is not safe for concurrent use.
type Case struct {
	Root     string // where the processes are listed: proc.Root
	PID      int
	TID      int
	FD       int    // the connection's descriptor in the process; -1: the one that the thread waits on
	Peer     string // the connection's other end, for people; "": read from the process
	Deadline int64  // CLOCK_MONOTONIC, ns; 0: none
	Earliest int64  // the timeout cannot fire before this; 0: the deadline
	Second   int64  // the second look shows nothing before this; 0: the deadline

	// Segments counts the segments with data that have arrived on the connection. nil: read from the process's descriptor.
	Segments func() (int64, error)

	before, after *look
	start         uint64 // start time of the process: another process with its PID is no evidence
	call          proc.Syscall
	wait          Wait
	timed         bool
	stateBefore   *observation
	stateAfter    *observation
	noBefore      string
	noAfter       string
	steps         []string
}

// Attach says whether Before may stop the thread.
type Attach int

const (
	IfHarmless Attach = iota // only in a system call that the kernel restarts unnoticed
	Later                    // not before the deadline
)

// Open begins a case on the thread of a process that waits on the descriptor, or with fd -1 on the first thread. If no thread
// waits on it, as in an event loop, the case is about the first thread.
func Open(root string, pid, fd int) (*Case, error) {
	c := &Case{Root: root, PID: pid, TID: pid, FD: fd, call: proc.Syscall{NR: -1}, noBefore: "which was not asked for"}
	st, err := proc.ReadStat(root, pid, pid)
	if err != nil {
		return nil, err
	}
	c.start = st.StartTime
	if fd < 0 {
		return c, nil
	}
	tid, _, err := proc.ThreadOn(root, pid, fd)
	c.TID = tid
	if err != nil {
		c.step("%v; the first thread is inspected", err)
	}
	return c, nil
}

// Before observes the thread before the deadline. It reads the count of context switches last, so that its own stop is not
// counted.
func (c *Case) Before(ctx context.Context, attach Attach) error {
	settled := true
	call, err := c.stableCall(ctx)
	if err != nil {
		c.noBefore = "since its system call is hidden"
		c.step("the system call is hidden: %v", err)
	} else if c.mayStop(call, attach) {
		l, err := readSignalState(ctx, c.Root, c.PID, c.TID)
		if err != nil {
			c.noBefore = fmt.Sprintf("since %v", err)
		} else {
			c.stateBefore = l
			c.step("attached for %s while it waited in %s, which the kernel restarts unnoticed", l.took.Round(time.Microsecond), call.Name())
			settled = c.backInCall(ctx, call)
		}
	}
	l, err := c.look()
	if err != nil {
		return err
	}
	earliest := c.Deadline
	if c.Earliest != 0 {
		earliest = c.Earliest
	}
	if earliest != 0 && record.Now() > earliest-int64(tooClose) {
		c.stateBefore, c.noBefore = nil, "since the observation came too late"
		c.step("the observation before the deadline came too late, and is not used")
		return nil
	}
	if !settled {
		c.step("the thread was not back in %s after %s, so its switches are not counted", call.Name(), backInCallWithin)
		return nil
	}
	c.before = l
	c.step("read %d voluntary switches", l.Voluntary)
	return nil
}

// mayStop tells whether the program cannot notice a stop in this system call. If not, it notes why.
func (c *Case) mayStop(call proc.Syscall, attach Attach) bool {
	if attach == Later {
		return false
	}
	if call.Class() == proc.PartWay {
		c.noBefore = fmt.Sprintf("since a stop ends a %s that has sent a part", call.Name())
		return false
	}
	if call.Class() != proc.Restartable {
		c.noBefore = fmt.Sprintf("since a stop in %s might be noticed", call.Name())
		return false
	}
	if fd, ok := call.FD(); ok {
		timed, err := proc.TimedSocket(c.PID, fd)
		if err != nil {
			c.noBefore = fmt.Sprintf("since it is not known whether descriptor %d has a receive timeout: %v", fd, err)
			return false
		}
		if timed {
			c.timed = true
			c.noBefore = fmt.Sprintf("since descriptor %d has a receive timeout, with which a stop ends the call", fd)
			return false
		}
	}
	return true
}

// After observes the thread after the deadline. It does not stop the thread.
func (c *Case) After() error {
	if err := c.alive(); err != nil {
		return err
	}
	l, err := c.look()
	if err != nil {
		return err
	}
	c.after = l
	if call, err := c.readCall(); err == nil {
		c.call = call
	}
	c.step("read %d voluntary switches, in %s", l.Voluntary, c.call.Name())
	return nil
}

// Attach stops the thread for some 0.2 ms. Call it only after the verdict.
func (c *Case) Attach(ctx context.Context) error {
	if err := c.alive(); err != nil {
		c.noAfter = err.Error()
		return err
	}
	call, errCall := c.stableCall(ctx)
	if errCall == nil {
		c.examineWait(call)
	}
	if err := c.lookOnce(); err != nil {
		return err
	}
	l, err := c.settledState(ctx)
	if err != nil {
		c.noAfter = err.Error()
		return err
	}
	if errCall != nil { // hidden in /proc, but visible in the stop
		c.examineWait(l.call)
		if err := c.lookOnce(); err != nil {
			return err
		}
	}
	c.stateAfter = l
	c.step("attached for %s", l.took.Round(time.Microsecond))
	return nil
}

// examineWait reads how the process waits, from the system call of the thread on.
func (c *Case) examineWait(call proc.Syscall) {
	c.call = call
	if fd, ok := call.FD(); ok {
		if timed, err := proc.TimedSocket(c.PID, fd); err == nil {
			c.timed = timed
		}
	}
	c.wait = c.readWait()
}

var errOtherLife = errors.New("the process has ended, and another one has its PID")

// alive fails if the process is not the one on which the case was opened.
func (c *Case) alive() error {
	st, err := proc.ReadStat(c.Root, c.PID, c.PID)
	if err != nil {
		return err
	}
	if st.StartTime != c.start {
		return fmt.Errorf("process %d: %w", c.PID, errOtherLife)
	}
	return nil
}

func (c *Case) readCall() (proc.Syscall, error) { return proc.ReadSyscall(c.Root, c.PID, c.TID) }
