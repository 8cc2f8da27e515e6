package autopsy

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"stalemate/containers/proc"
	"stalemate/reports/record"
)

// saRestart is SA_RESTART on amd64 and arm64 (asm-generic/signal-defs.h).
const saRestart = 0x10000000

// attachWithin bounds the wait for a thread to stop. A thread in uninterruptible sleep does not stop.
const attachWithin = 2 * time.Second

// observation is a SignalState, the system call that the stop interrupted, and how long the attach took.
type observation struct {
	SignalState
	call    proc.Syscall
	expired bool // the timer expired just now: SIGALRM waits for the end of the stop, and the handler may arm it again
	took    time.Duration
}

// readSignalState stops the thread for some 0.2 ms and reads SIGALRM's action and ITIMER_REAL.
func readSignalState(ctx context.Context, root string, pid, tid int) (*observation, error) {
	if err := mayInjectCalls(root, pid); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, attachWithin)
	defer cancel()
	var l observation
	began := time.Now()
	err := withStoppedThread(ctx, pid, tid, func(t *tracee) error {
		l.call = t.interruptedCall()
		a, err := t.action(ctx, unix.SIGALRM)
		if err != nil {
			return err
		}
		l.Handler, l.Restart = a.handler, a.flags&saRestart != 0
		l.Soonest = record.Now()
		l.Timer, l.Interval, err = t.timer(ctx)
		l.Soonest, l.Latest = l.Soonest+int64(l.Timer), record.Now()+int64(l.Timer)
		if st, errStatus := proc.ReadStatus(root, pid, tid); errStatus == nil && l.Timer == 0 {
			l.expired = st.Pending.Has(alarm) || st.Shared.Has(alarm)
		}
		return err
	})
	l.took = time.Since(began)
	if err != nil {
		return nil, fmt.Errorf("read the signal state of process %d: %w", pid, err)
	}
	return &l, nil
}

// sigaction is the kernel's struct sigaction on amd64 and arm64.
type sigaction struct{ handler, flags, restorer, mask uint64 }

// action reads a signal's action: the thread itself calls rt_sigaction.
func (t *tracee) action(ctx context.Context, sig unix.Signal) (sigaction, error) {
	if err := t.injectCall(ctx, unix.SYS_RT_SIGACTION, uint64(sig), 0, t.scratch, 8); err != nil {
		return sigaction{}, fmt.Errorf("read the action of %s: %w", sig, err)
	}
	w, err := t.words()
	return sigaction{w[0], w[1], w[2], w[3]}, err
}

// setAction sets a signal's action.
func (t *tracee) setAction(ctx context.Context, sig unix.Signal, a sigaction) error {
	var b []byte
	for _, w := range []uint64{a.handler, a.flags, a.restorer, a.mask} {
		b = order.AppendUint64(b, w)
	}
	if _, err := unix.PtracePokeData(t.tid, uintptr(t.scratch), b); err != nil {
		return fmt.Errorf("write the thread's memory: %w", err)
	}
	if err := t.injectCall(ctx, unix.SYS_RT_SIGACTION, uint64(sig), t.scratch, 0, 8); err != nil {
		return fmt.Errorf("set the action of %s: %w", sig, err)
	}
	return nil
}

// timer reads ITIMER_REAL, which alarm() sets too.
func (t *tracee) timer(ctx context.Context) (left, interval time.Duration, err error) {
	if err := t.injectCall(ctx, unix.SYS_GETITIMER, 0, t.scratch); err != nil {
		return 0, 0, fmt.Errorf("read ITIMER_REAL: %w", err)
	}
	w, err := t.words()
	at := func(i int) time.Duration {
		return time.Duration(w[i])*time.Second + time.Duration(w[i+1])*time.Microsecond
	}
	return at(2), at(0), err
}

// words reads the first four words of the scratch memory.
func (t *tracee) words() ([4]uint64, error) {
	var w [4]uint64
	b := make([]byte, 8*len(w))
	if _, err := unix.PtracePeekData(t.tid, uintptr(t.scratch), b); err != nil {
		return w, fmt.Errorf("read the thread's memory: %w", err)
	}
	for i := range w {
		w[i] = order.Uint64(b[8*i:])
	}
	return w, nil
}
