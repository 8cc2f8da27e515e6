//go:build linux

package pid

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// lastPIDFile holds the last PID of the reader's namespace. Everyone may read it; writing needs CHECKPOINT_RESTORE.
const lastPIDFile = "/proc/sys/kernel/ns_last_pid"

// pidMaxFile holds the bound of PIDs: every PID is below it. Since kernel 6.14 each PID namespace has its own.
const pidMaxFile = "/proc/sys/kernel/pid_max"

// chunk is how many PIDs Advance takes before it reads the last PID again: about 1 ms.
const chunk = 128

// ErrPast means that the namespace has already handed out a higher PID. Only a fresh namespace helps.
var ErrPast = errors.New("the last PID is already higher")

// ErrBound means that Advance would take more PIDs than it may.
var ErrBound = errors.New("this takes more PIDs than allowed")

// LastPID is the last PID that the caller's namespace handed out.
func LastPID() (int, error) {
	n, err := number(lastPIDFile)
	if err != nil {
		return 0, fmt.Errorf("read the last PID of the namespace: %w", err)
	}
	return n, nil
}

// number reads a file in /proc that holds one number.
func number(file string) (int, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(data)))
}

// Advance takes PIDs and throws them away until last is the last PID of the caller's namespace. The next process then
// gets last+1. Advance takes at most bound PIDs and returns how many it took. Errors: ErrPast, ErrBound, the end of ctx.
func Advance(ctx context.Context, last, bound int) (taken int, err error) {
	at, err := LastPID()
	if err != nil {
		return 0, err
	}
	for at != last {
		if at > last {
			return taken, fmt.Errorf("advance the last PID to %d: %w: %d", last, ErrPast, at)
		}
		if err := ctx.Err(); err != nil {
			return taken, fmt.Errorf("advance the last PID to %d, now %d: %w", last, at, err)
		}
		step := nextStep(last - at)
		if taken+step > bound {
			return taken, fmt.Errorf("advance the last PID to %d, now %d: %w: %d", last, at, ErrBound, bound)
		}
		for range step {
			if err := failClone(); err != nil {
				return taken, fmt.Errorf("advance the last PID to %d, now %d: %w", last, at, err)
			}
			taken++
		}
		if at, err = LastPID(); err != nil {
			return taken, err
		}
	}
	return taken, nil
}

// nextStep is how many PIDs to take before the next reading, where gap PIDs are left. Other processes take PIDs too:
// half of the gap leaves room for theirs.
func nextStep(gap int) int {
	switch {
	case gap <= 4:
		return 1
	case gap/2 > chunk:
		return chunk
	}
	return gap / 2
}

// failClone takes one PID by a clone that fails. The kernel allocates the PID first and then writes the pidfd to an
// unmapped address, so the clone fails with EFAULT and makes no task (CLONE_PIDFD: kernel 5.2, copy_process in
// kernel/fork.c). RawSyscall6 keeps the Go runtime from starting a thread, which would take a PID too.
func failClone() error {
	const flags = unix.CLONE_VM | unix.CLONE_FS | unix.CLONE_FILES | unix.CLONE_SIGHAND | unix.CLONE_PIDFD | uintptr(unix.SIGCHLD)
	_, _, errno := syscall.RawSyscall6(unix.SYS_CLONE, flags, 0, unmapped, 0, 0, 0)
	switch errno {
	case unix.EFAULT:
		return nil
	case unix.EAGAIN:
		return fmt.Errorf("take a PID: %w: the container's pids limit or pid_max is reached", errno)
	}
	return fmt.Errorf("take a PID: the clone failed with %w instead of EFAULT", errno)
}

// unmapped is an address in the first page, which is never mapped.
const unmapped = 8
