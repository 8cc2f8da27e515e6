package autopsy

import (
	"context"
	"time"

	"stalemate/containers/autopsy/proc"
)

// settleWithin is how long a thread may take to be back in its call after it was let go: some milliseconds, but on
// a machine that has more to do than it can.
const settleWithin = 500 * time.Millisecond

// settle waits until the thread is back in its call. It says whether it is: a switch of one that is still on its way
// would be taken for the handler's.
func (c *Case) settle(ctx context.Context, call proc.Syscall) bool {
	ctx, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for range 2 { // twice in a row: in the call, and nothing counted between
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

// A thread that is looked at while it is being woken or scheduled is in no call. One
// that waits for ever is back in its call by the next look; one that computes is not.
const (
	settledLooks = 10
	settledEvery = 20 * time.Millisecond
)

// settledCall is the call that the thread waits in, or that it is in none however often it is looked at.
func (c *Case) settledCall(ctx context.Context) (proc.Syscall, error) {
	tick := time.NewTicker(settledEvery)
	defer tick.Stop()
	call, err := c.readCall()
	for range settledLooks {
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
