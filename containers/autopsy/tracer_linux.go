package autopsy

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

const (
	waitBusy = 300 * time.Microsecond // how long wait does not sleep: a stop comes after some 30 us
	waitStep = 500 * time.Microsecond // how long it sleeps then, each time
)

// Reasons why a process cannot be attached to.
var (
	ErrEnded   = errors.New("the process has ended")
	ErrStopped = errors.New("the process is stopped by SIGSTOP or a terminal, and stays stopped")
	ErrForeign = errors.New("the process runs code of another architecture than stalemate")
	ErrFilter  = errors.New("the process has its own seccomp filter, which may kill it for a system call that stalemate injects")
)

// tracee is a thread that this process has stopped. All its methods run on one OS thread (ptrace(2)).
type tracee struct {
	pid, tid     int
	saved        unix.PtraceRegs // the registers at the stop
	mask         uint64          // the blocked signals at the stop
	masked       bool
	insn         uint64 // the address of a system call instruction
	scratch      uint64
	savedScratch []byte // the memory at scratch, before it was used
	injected     bool   // a system call was injected: the registers are restored in a second stop
	resend       []unix.Signal
}

// withStoppedThread calls do while the thread is stopped, some 0.2 ms, and then lets the thread continue as if nothing had
// happened, also if do fails. ctx bounds the wait for the stop. The tracing OS thread ends afterwards: then the kernel
// detaches even if all else has failed.
func withStoppedThread(ctx context.Context, pid, tid int, do func(*tracee) error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
		done <- traceOnThisThread(ctx, pid, tid, do)
	}()
	return <-done
}

func traceOnThisThread(ctx context.Context, pid, tid int, do func(*tracee) error) (err error) {
	t := &tracee{pid: pid, tid: tid}
	if err := ptrace(unix.PTRACE_SEIZE, tid, 0, optSysGood); err != nil {
		return fmt.Errorf("attach to thread %d: %w", tid, err)
	}
	if err := t.stop(ctx); err != nil {
		return fmt.Errorf("stop thread %d: %w", tid, err)
	}
	defer func() { err = errors.Join(err, t.release(ctx)) }()
	if err := t.save(); err != nil {
		return fmt.Errorf("thread %d: %w", tid, err)
	}
	return do(t)
}

// stop interrupts the thread and waits for a stop that is not the delivery of a signal.
func (t *tracee) stop(ctx context.Context) error {
	if err := ptrace(unix.PTRACE_INTERRUPT, t.tid, 0, 0); err != nil {
		return err
	}
	for {
		ws, err := t.wait(ctx)
		if err != nil {
			return err
		}
		event, sig := int(ws)>>16, ws.StopSignal()
		switch {
		case event == eventStop && sig == unix.SIGTRAP:
			return nil
		case event == eventStop: // a group stop: the process was stopped by a signal
			return errors.Join(ErrStopped, ptrace(unix.PTRACE_DETACH, t.tid, 0, 0))
		}
		deliver := uintptr(sig)
		if sig == unix.SIGTRAP || sig == unix.SIGTRAP|0x80 {
			deliver = 0
		}
		if err := ptrace(unix.PTRACE_CONT, t.tid, 0, deliver); err != nil {
			return err
		}
	}
}

// wait waits for the next stop of the thread.
func (t *tracee) wait(ctx context.Context) (unix.WaitStatus, error) {
	began := time.Now()
	for {
		var ws unix.WaitStatus
		got, err := unix.Wait4(t.tid, &ws, unix.WALL|unix.WNOHANG, nil)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return 0, fmt.Errorf("wait for the thread to stop: %w", err)
		case got == t.tid && ws.Stopped():
			return ws, nil
		case got == t.tid:
			return 0, ErrEnded
		}
		if time.Since(began) < waitBusy {
			_, _, _ = unix.RawSyscall(unix.SYS_SCHED_YIELD, 0, 0, 0) // the thread may need this processor to stop; sched_yield cannot fail
			continue
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("wait for the thread to stop: %w", ctx.Err())
		case <-time.After(waitStep):
		}
	}
}
