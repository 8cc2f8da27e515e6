package autopsy

import (
	"bytes"
	"context"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"

	"stalemate/containers/proc"
)

// scratchSize is how many bytes of the thread's stack an injected system call may use.
const scratchSize = 64

// save keeps what an injected system call changes, and finds memory and an instruction for it.
func (t *tracee) save() error {
	if err := t.registers(unix.PTRACE_GETREGSET, &t.saved); err != nil {
		return fmt.Errorf("read registers: %w", err)
	}
	t.scratch = (stackPointer(&t.saved) - redZone - 512) &^ 15
	t.insn = syscallInsnBefore(&t.saved)
	if !t.isSyscallInsn(t.insn) {
		at, err := findSyscallInsn(t.pid)
		if err != nil {
			return err
		}
		t.insn = at
	}
	kept := make([]byte, scratchSize)
	if n, err := unix.PtracePeekData(t.tid, uintptr(t.scratch), kept); err == nil && n == len(kept) {
		t.savedScratch = kept
	}
	// No signal handler may run while the registers are not the program's. SIGKILL and SIGSTOP cannot be blocked.
	if err := ptraceAt(ptraceGetSigMask, t.tid, 8, unsafe.Pointer(&t.mask)); err != nil {
		return fmt.Errorf("read the blocked signals: %w", err)
	}
	all := ^uint64(0)
	if err := ptraceAt(ptraceSetSigMask, t.tid, 8, unsafe.Pointer(&all)); err != nil {
		return fmt.Errorf("block all signals: %w", err)
	}
	t.masked = true
	return nil
}

func (t *tracee) isSyscallInsn(at uint64) bool {
	b := make([]byte, len(syscallInsn))
	n, err := proc.ReadMemory(t.pid, at, b)
	return err == nil && n == len(b) && bytes.Equal(b, syscallInsn)
}

// interruptedCall is the system call that the stop has interrupted.
func (t *tracee) interruptedCall() proc.Syscall {
	nr, args, ok := interrupted(&t.saved)
	if !ok || !t.isSyscallInsn(syscallInsnBefore(&t.saved)) {
		return proc.Syscall{Running: true, NR: -1}
	}
	return proc.Syscall{NR: nr, Args: args, SP: stackPointer(&t.saved)}
}

// injectCall makes the thread execute one system call, which must not block.
func (t *tracee) injectCall(ctx context.Context, nr int64, args ...uint64) error {
	var a [6]uint64
	copy(a[:], args)
	t.injected = true
	regs := prepare(t.saved, t.insn, nr, a)
	if err := t.registers(unix.PTRACE_SETREGSET, &regs); err != nil {
		return fmt.Errorf("set registers: %w", err)
	}
	for range 2 { // the entry and the exit
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

// toSyscallStop lets the thread run to the next entry or exit of a system call. It keeps the signals that arrive meanwhile:
// release sends them again.
func (t *tracee) toSyscallStop(ctx context.Context) error {
	for {
		if err := ptrace(unix.PTRACE_SYSCALL, t.tid, 0, 0); err != nil {
			return fmt.Errorf("let the thread run to a system call: %w", err)
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
		t.resend = append(t.resend, ws.StopSignal())
	}
}
