package autopsy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"stalemate/containers/autopsy/proc"
)

// Requests of ptrace that the unix package has no function for. Source: linux/ptrace.h, linux/elf.h.
const (
	ptraceGetSigMask = 0x420a
	ptraceSetSigMask = 0x420b
	ntPRStatus       = 1
	eventStop        = 128 // PTRACE_EVENT_STOP
	optSysGood       = 1   // PTRACE_O_TRACESYSGOOD: a stop at a system call is told from a SIGTRAP
	scratchSize      = 64
	waitBusy         = 300 * time.Microsecond // how long a stop is waited for without sleeping: it comes in some 30 us
	releaseWithin    = 2 * time.Second
	waitStep         = 500 * time.Microsecond
)

// errors of an attach that people can act upon.
var (
	ErrEnded   = errors.New("the process has ended")
	ErrStopped = errors.New("the process is stopped (SIGSTOP or a terminal), and is left so")
	ErrForeign = errors.New("the process runs code of another architecture")
	ErrFilter  = errors.New("the process has a system call filter of its own, which might kill it for a call that is put into it")
)

// tracee is a thread that is stopped by us. All its methods run on one OS thread.
type tracee struct {
	pid, tid int
	saved    unix.PtraceRegs // as they were at the stop
	mask     uint64          // blocked signals, likewise
	masked   bool
	insn     uint64 // an instruction that enters the kernel, in its memory
	scratch  uint64
	kept     []byte // what stood in scratch
	called   bool   // a call was put in: registers are restored in a second stop
	put      []unix.Signal
}

// traced runs do with the thread stopped, and lets it go on as if nothing had
// happened, whatever do returns. It takes some 0.2 ms; the wait for a stop is
// bounded by ctx. The OS thread that traces ends afterwards, so that the kernel
// detaches should all else have failed.
func traced(ctx context.Context, pid, tid int, do func(*tracee) error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
		done <- tracedHere(ctx, pid, tid, do)
	}()
	return <-done
}

func tracedHere(ctx context.Context, pid, tid int, do func(*tracee) error) (err error) {
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

// stop interrupts the thread and waits until it is in a stop outside of any delivery of a signal.
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
		case event == eventStop: // a group stop: someone stopped the process
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
			return 0, fmt.Errorf("wait for its stop: %w", err)
		case got == t.tid && ws.Stopped():
			return ws, nil
		case got == t.tid:
			return 0, ErrEnded
		}
		if time.Since(began) < waitBusy {
			_, _, _ = unix.RawSyscall(unix.SYS_SCHED_YIELD, 0, 0, 0) // it may need this processor to stop; it cannot fail
			continue
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("wait for its stop: %w", ctx.Err())
		case <-time.After(waitStep):
		}
	}
}

// save keeps what a call that is put in would change, and finds room for it.
func (t *tracee) save() error {
	if err := t.registers(unix.PTRACE_GETREGSET, &t.saved); err != nil {
		return fmt.Errorf("read registers: %w", err)
	}
	t.scratch = (stackPointer(&t.saved) - redZone - 512) &^ 15
	t.insn = insnBefore(&t.saved)
	if !t.isInsn(t.insn) {
		at, err := findInsn(t.pid)
		if err != nil {
			return err
		}
		t.insn = at
	}
	kept := make([]byte, scratchSize)
	if n, err := unix.PtracePeekData(t.tid, uintptr(t.scratch), kept); err == nil && n == len(kept) {
		t.kept = kept
	}
	// No handler may run on registers that are not the program's own. SIGKILL and SIGSTOP stay possible.
	if err := ptraceAt(ptraceGetSigMask, t.tid, 8, unsafe.Pointer(&t.mask)); err != nil {
		return fmt.Errorf("read its blocked signals: %w", err)
	}
	all := ^uint64(0)
	if err := ptraceAt(ptraceSetSigMask, t.tid, 8, unsafe.Pointer(&all)); err != nil {
		return fmt.Errorf("block its signals: %w", err)
	}
	t.masked = true
	return nil
}

func (t *tracee) isInsn(at uint64) bool {
	b := make([]byte, len(syscallInsn))
	n, err := proc.ReadMemory(t.pid, at, b)
	return err == nil && n == len(b) && bytes.Equal(b, syscallInsn)
}

// waiting is the call that the stop interrupted.
func (t *tracee) waiting() proc.Syscall {
	nr, args, ok := interrupted(&t.saved)
	if !ok || !t.isInsn(insnBefore(&t.saved)) {
		return proc.Syscall{Running: true, NR: -1}
	}
	return proc.Syscall{NR: nr, Args: args, SP: stackPointer(&t.saved)}
}

// call makes the thread do one system call that does not wait.
func (t *tracee) call(ctx context.Context, nr int64, args ...uint64) error {
	var a [6]uint64
	copy(a[:], args)
	t.called = true
	regs := prepare(t.saved, t.insn, nr, a)
	if err := t.registers(unix.PTRACE_SETREGSET, &regs); err != nil {
		return fmt.Errorf("set registers: %w", err)
	}
	for range 2 { // into the call, and out of it
		if err := t.toSyscallStop(ctx); err != nil {
			return err
		}
	}
	if err := t.registers(unix.PTRACE_GETREGSET, &regs); err != nil {
		return fmt.Errorf("read registers: %w", err)
	}
	if r := result(&regs); r < 0 && r >= -4095 {
		return unix.Errno(-r)
	}
	return nil
}

// toSyscallStop lets the thread run to the next entry or exit of a system call.
// Signals that come in between are sent again after the detach.
func (t *tracee) toSyscallStop(ctx context.Context) error {
	for {
		if err := ptrace(unix.PTRACE_SYSCALL, t.tid, 0, 0); err != nil {
			return fmt.Errorf("let it run to a system call: %w", err)
		}
		ws, err := t.wait(ctx)
		if err != nil {
			return err
		}
		if int(ws)>>16 != 0 {
			continue
		}
		if ws.StopSignal() == unix.SIGTRAP|0x80 {
			return nil
		}
		t.put = append(t.put, ws.StopSignal())
	}
}

// release puts everything back and detaches. After a call the registers are put
// back in a stop of their own, since only on leaving one of that kind the kernel takes an interrupted call up again.
// It has a time limit of its own: a thread is put back even when the caller's time is over.
func (t *tracee) release(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseWithin)
	defer cancel()
	var errs []error
	keep := func(what string, err error) {
		if err != nil && !errors.Is(err, unix.ESRCH) { // ended in the meantime
			errs = append(errs, fmt.Errorf("%s of thread %d: %w", what, t.tid, err))
		}
	}
	if t.called {
		if err := ptrace(unix.PTRACE_INTERRUPT, t.tid, 0, 0); err == nil {
			keep("second stop", errors.Join(ptrace(unix.PTRACE_CONT, t.tid, 0, 0), t.secondStop(ctx)))
		}
		if t.kept != nil {
			_, err := unix.PtracePokeData(t.tid, uintptr(t.scratch), t.kept)
			keep("restore memory", err)
		}
		regs := resume(t.saved)
		if t.waiting().Running {
			regs = t.saved
		}
		keep("restore registers", t.registers(unix.PTRACE_SETREGSET, &regs))
	}
	if t.masked {
		keep("restore blocked signals", ptraceAt(ptraceSetSigMask, t.tid, 8, unsafe.Pointer(&t.mask)))
	}
	keep("detach", ptrace(unix.PTRACE_DETACH, t.tid, 0, 0))
	for _, sig := range t.put {
		keep("send "+sig.String()+" again", unix.Kill(t.pid, sig))
	}
	return errors.Join(errs...)
}

// secondStop waits for the stop that release asked for.
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
			t.put = append(t.put, sig)
		}
		if err := ptrace(unix.PTRACE_CONT, t.tid, 0, 0); err != nil {
			return err
		}
	}
}

// registers reads or writes the general registers. A set of another size belongs to a 32-bit program.
func (t *tracee) registers(request int, regs *unix.PtraceRegs) error {
	iov := unix.Iovec{Base: (*byte)(unsafe.Pointer(regs))}
	iov.SetLen(int(unsafe.Sizeof(*regs)))
	if err := ptraceAt(request, t.tid, ntPRStatus, unsafe.Pointer(&iov)); err != nil {
		return err
	}
	if iov.Len != uint64(unsafe.Sizeof(*regs)) {
		return ErrForeign
	}
	return nil
}

func ptrace(request, tid int, addr, data uintptr) error {
	_, _, errno := unix.RawSyscall6(unix.SYS_PTRACE, uintptr(request), uintptr(tid), addr, data, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// ptraceAt is ptrace with a data argument that points to memory of ours.
func ptraceAt(request, tid int, addr uintptr, data unsafe.Pointer) error {
	_, _, errno := unix.RawSyscall6(unix.SYS_PTRACE, uintptr(request), uintptr(tid), addr, uintptr(data), 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}
