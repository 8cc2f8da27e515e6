//go:build linux

// Package pid moves the cursor from which a PID namespace hands out its numbers, so
// that the next process gets a chosen one. It needs no privilege.
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

// cursorFile shows the PID that was handed out last in the reader's namespace. Reading it needs no right.
const cursorFile = "/proc/sys/kernel/ns_last_pid"

// maxFile bounds the PIDs: of the reader's namespace since kernel 6.14, of the whole machine before. It is only read here.
const maxFile = "/proc/sys/kernel/pid_max"

// chunk is how many PIDs are burned between two looks at the cursor and the context; about 1 ms.
const chunk = 128

// ErrPast says that the cursor already stands beyond the wanted place; only a fresh namespace helps.
var ErrPast = errors.New("the cursor is already past")

// ErrBound says that the bound of a burn was reached before its end.
var ErrBound = errors.New("the bound of the burn is reached")

// Cursor is the PID that the caller's namespace handed out last.
func Cursor() (int, error) {
	n, err := number(cursorFile)
	if err != nil {
		return 0, fmt.Errorf("read the PID cursor: %w", err)
	}
	return n, nil
}

// number reads a file of /proc that holds one number.
func number(file string) (int, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(data)))
}

// Burn takes PIDs, without making a task of any, until the cursor of the caller's
// namespace stands at upTo, so that the next process is upTo+1. It takes at most
// bound of them, since every namespace above hands out a number for each as well,
// the host's included. It returns how many it took.
//
// The way: a clone that cannot deliver its pidfd, because the place for it is not
// writable, fails with EFAULT after the number was taken.
func Burn(ctx context.Context, upTo, bound int) (burned int, err error) {
	at, err := Cursor()
	if err != nil {
		return 0, err
	}
	for at != upTo {
		if at > upTo {
			return burned, fmt.Errorf("burn up to %d: %w (%d)", upTo, ErrPast, at)
		}
		if err := ctx.Err(); err != nil {
			return burned, fmt.Errorf("burn up to %d, at %d: %w", upTo, at, err)
		}
		step := approach(upTo - at)
		if burned+step > bound {
			return burned, fmt.Errorf("burn up to %d, at %d: %w (%d)", upTo, at, ErrBound, bound)
		}
		for range step {
			if err := burnOne(); err != nil {
				return burned, fmt.Errorf("burn up to %d, at %d: %w", upTo, at, err)
			}
			burned++
		}
		if at, err = Cursor(); err != nil {
			return burned, err
		}
	}
	return burned, nil
}

// approach is the next step towards a place that is gap away: half the way, so that
// what others take meanwhile is seen before the end, and never more than a chunk past a look.
func approach(gap int) int {
	switch {
	case gap <= 4:
		return 1
	case gap/2 > chunk:
		return chunk
	}
	return gap / 2
}

// burnOne takes one PID. RawSyscall6 keeps the Go runtime from starting a thread, which would take one too.
func burnOne() error {
	const flags = unix.CLONE_VM | unix.CLONE_FS | unix.CLONE_FILES | unix.CLONE_SIGHAND | unix.CLONE_PIDFD | uintptr(unix.SIGCHLD)
	_, _, errno := syscall.RawSyscall6(unix.SYS_CLONE, flags, 0, unwritable, 0, 0, 0)
	switch errno {
	case unix.EFAULT:
		return nil
	case unix.EAGAIN:
		return fmt.Errorf("take a PID: %w (a pids limit of the container, or pid_max)", errno)
	}
	return fmt.Errorf("take a PID: the clone gave %w instead of EFAULT", errno)
}

// unwritable is an address at which nothing is mapped: the first page never is.
const unwritable = 8
