package autopsy

import (
	"context"
	"time"

	"stalemate/containers/proc"
)

// backInCallWithin bounds the time from the detach until the thread is back in its system call. It takes milliseconds, more on an
// overloaded machine.
const backInCallWithin = 500 * time.Millisecond

// backInCall waits until the thread is back in its system call, and tells whether it is. A context switch on the way there
// would look like one that the handler caused.
func (c *Case) backInCall(ctx context.Context, call proc.Syscall) bool {
	ctx, cancel := context.WithTimeout(ctx, backInCallWithin)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for range 2 { // two readings in a row: in the system call, with the same count
		var last uint64
		for {
			now, err := proc.ReadSyscall(c.Root, c.PID, c.TID)
			st, errSt := proc.ReadStatus(c.Root, c.PID, c.TID)
			if err == nil && errSt == nil && now.NR == call.NR && st.State == 'S' && st.Voluntary == last {
				break
			}
			last = st.Voluntary
			select {
			case <-ctx.Done():
				return false
			case <-tick.C:
			}
		}
	}
	return true
}

// settledState reads the signal state, and again if the timer expired in the stop: the handler may arm it again when it has run.
func (c *Case) settledState(ctx context.Context) (*observation, error) {
	tick := time.NewTicker(stableEvery)
	defer tick.Stop()
	for range stableReads {
		l, err := readSignalState(ctx, c.Root, c.PID, c.TID)
		if err != nil || !l.expired || c.after.Blocked.Has(alarm) {
			return l, err
		}
		select {
		case <-ctx.Done():
			return l, nil
		case <-tick.C:
		}
	}
	return readSignalState(ctx, c.Root, c.PID, c.TID)
}

// A thread that is just being scheduled is in no system call. One that waits is back in it at the next reading, and one that
// computes is not.
const (
	stableReads = 10
	stableEvery = 20 * time.Millisecond
)

// stableCall is the system call that the thread waits in, or none if all readings find it running.
func (c *Case) stableCall(ctx context.Context) (proc.Syscall, error) {
	tick := time.NewTicker(stableEvery)
	defer tick.Stop()
	call, err := c.readCall()
	for range stableReads {
		if err != nil || !call.Running {
			break
		}
		select {
		case <-ctx.Done():
			return call, err
		case <-tick.C:
		}
		call, err = c.readCall()
	}
	return call, err
}
