package autopsy

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// releaseWithin bounds release. It does not depend on the caller's context: the thread must be restored in any case.
const releaseWithin = 2 * time.Second

// release restores the thread and detaches. After an injected system call it stops the thread a second time and restores the
// registers there: only when a thread leaves such a stop does the kernel restart the interrupted system call.
func (t *tracee) release(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseWithin)
	defer cancel()
	var errs []error
	keep := func(what string, err error) {
		if err != nil && !errors.Is(err, unix.ESRCH) { // the thread has ended
			errs = append(errs, fmt.Errorf("%s of thread %d: %w", what, t.tid, err))
		}
	}
	if t.injected {
		if err := ptrace(unix.PTRACE_INTERRUPT, t.tid, 0, 0); err == nil {
			keep("second stop", errors.Join(ptrace(unix.PTRACE_CONT, t.tid, 0, 0), t.secondStop(ctx)))
		}
		if t.savedScratch != nil {
			_, err := unix.PtracePokeData(t.tid, uintptr(t.scratch), t.savedScratch)
			keep("restore memory", err)
		}
		regs := resume(t.saved)
		if t.interruptedCall().Running {
			regs = t.saved
		}
		keep("restore registers", t.registers(unix.PTRACE_SETREGSET, &regs))
	}
	if t.masked {
		keep("restore blocked signals", ptraceAt(ptraceSetSigMask, t.tid, 8, unsafe.Pointer(&t.mask)))
	}
	keep("detach", ptrace(unix.PTRACE_DETACH, t.tid, 0, 0))
	for _, sig := range t.resend {
		keep("send "+sig.String()+" again", unix.Kill(t.pid, sig))
	}
	return errors.Join(errs...)
}

// secondStop waits for the second stop.
func (t *tracee) secondStop(ctx context.Context) error {
	for {
		ws, err := t.wait(ctx)
		if err != nil {
			return err
		}
		if int(ws)>>16 == eventStop {
			return nil
		}
		if sig := ws.StopSignal(); sig != unix.SIGTRAP && sig != unix.SIGTRAP|0x80 {
			t.resend = append(t.resend, sig)
		}
		if err := ptrace(unix.PTRACE_CONT, t.tid, 0, 0); err != nil {
			return err
		}
	}
}
