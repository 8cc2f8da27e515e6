//go:build linux

package pid

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"stalemate/containers/proc"
)

// ErrNotSeen means that no process joined the namespace in time.
var ErrNotSeen = errors.New("no process joined the PID namespace")

// watchEvery is the time between two looks at the namespace. The runtime (runc) keeps a container's first process for
// at least 10 ms before it executes the target, so 0.5 ms misses none.
const watchEvery = 500 * time.Microsecond

// statLine is more bytes than /proc/PID/stat has: 52 fields of at most 20 digits.
const statLine = 4096

// WaitForMain waits for the main process of a container that joins the caller's PID namespace: the first process with a
// PID above after whose parent is outside the namespace. It starts no thread and keeps the Go runtime from starting one,
// since a thread would take the PID.
func WaitForMain(after int, within time.Duration) (proc.Stat, error) {
	deadline := time.Now().Add(within)
	buffer := make([]byte, statLine)
	for {
		last, err := rawLastPID(buffer)
		if err != nil {
			return proc.Stat{}, err
		}
		for n := after + 1; n <= last; n++ {
			stat, err := rawRead(n, buffer)
			if err == nil && stat.PPID == 0 && isProcess(n, buffer) {
				return stat, nil
			}
		}
		if time.Now().After(deadline) {
			return proc.Stat{}, fmt.Errorf("wait for a process with a PID above %d, last PID %d: %w within %v", after, last, ErrNotSeen, within)
		}
		pause := unix.NsecToTimespec(int64(watchEvery))
		// The result does not matter: a signal only makes the pause shorter.
		_, _, _ = syscall.RawSyscall(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&pause)), 0, 0)
	}
}

// rawLastPID is LastPID with raw system calls.
func rawLastPID(buffer []byte) (int, error) {
	data, err := rawFile(lastPIDFile, buffer)
	if err != nil {
		return 0, fmt.Errorf("read the last PID of the namespace: %w", err)
	}
	return strconv.Atoi(strings.TrimSpace(string(data)))
}

// rawRead is proc.ReadStat of a process with raw system calls.
func rawRead(n int, buffer []byte) (proc.Stat, error) {
	data, err := rawFile(proc.Path(proc.Root, n, "stat"), buffer)
	if err != nil {
		return proc.Stat{}, err
	}
	return proc.ParseStat(string(data))
}

// isProcess tells a process from a thread: /proc has a folder for both, and Tgid is the same number only for a process.
func isProcess(n int, buffer []byte) bool {
	data, err := rawFile(proc.Path(proc.Root, n, "status"), buffer)
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(data), "\nTgid:\t")
	group, _, _ := strings.Cut(rest, "\n")
	return group == strconv.Itoa(n)
}

// rawFile reads a file of /proc into buffer with raw system calls. The file must fit.
func rawFile(path string, buffer []byte) ([]byte, error) {
	name, err := syscall.BytePtrFromString(path)
	if err != nil {
		return nil, err
	}
	at := unix.AT_FDCWD
	fd, _, errno := syscall.RawSyscall6(unix.SYS_OPENAT, uintptr(at), uintptr(unsafe.Pointer(name)), unix.O_RDONLY|unix.O_CLOEXEC, 0, 0, 0)
	if errno != 0 {
		return nil, errno
	}
	n, _, errno := syscall.RawSyscall(unix.SYS_READ, fd, uintptr(unsafe.Pointer(&buffer[0])), uintptr(len(buffer)))
	if _, _, closing := syscall.RawSyscall(unix.SYS_CLOSE, fd, 0, 0); errno == 0 {
		errno = closing
	}
	if errno != 0 {
		return nil, errno
	}
	return buffer[:n], nil
}
