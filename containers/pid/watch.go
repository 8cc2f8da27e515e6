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
)

// ErrNotSeen says that no process came in the time given.
var ErrNotSeen = errors.New("no process came from outside of the namespace")

// glance is the time between two looks at a namespace. A container's first process
// exists for 10 ms and more before it becomes the target, so it is never missed.
const glance = 500 * time.Microsecond

// statLine is longer than any line of /proc/PID/stat: 52 fields of at most 20 digits.
const statLine = 4096

// Arrival waits for the first process with a number above after whose parent is
// outside of the caller's namespace: the main process of a container that joins it.
// It neither starts a thread nor lets the Go runtime start one, since that would
// take the number that the arrival is to have.
func Arrival(after int, within time.Duration) (Stat, error) {
	deadline := time.Now().Add(within)
	buffer := make([]byte, statLine)
	for {
		last, err := rawCursor(buffer)
		if err != nil {
			return Stat{}, err
		}
		for n := after + 1; n <= last; n++ {
			stat, err := rawRead(n, buffer)
			if err == nil && stat.PPID == 0 && leads(n, buffer) {
				return stat, nil
			}
		}
		if time.Now().After(deadline) {
			return Stat{}, fmt.Errorf("wait for a PID above %d, cursor at %d: %w within %v", after, last, ErrNotSeen, within)
		}
		pause := unix.NsecToTimespec(int64(glance))
		// Ended early by a signal it is a shorter pause, no more.
		_, _, _ = syscall.RawSyscall(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&pause)), 0, 0)
	}
}

// rawCursor is Cursor by raw system calls.
func rawCursor(buffer []byte) (int, error) {
	data, err := rawFile(cursorFile, buffer)
	if err != nil {
		return 0, fmt.Errorf("read the PID cursor: %w", err)
	}
	return strconv.Atoi(strings.TrimSpace(string(data)))
}

// rawRead is Read by raw system calls.
func rawRead(n int, buffer []byte) (Stat, error) {
	data, err := rawFile("/proc/"+strconv.Itoa(n)+"/stat", buffer)
	if err != nil {
		return Stat{}, err
	}
	return ParseStat(data)
}

// leads says whether n is a process and not a further thread of one, which /proc shows under its own number too.
func leads(n int, buffer []byte) bool {
	number := strconv.Itoa(n)
	data, err := rawFile("/proc/"+number+"/status", buffer)
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(data), "\nTgid:\t")
	group, _, _ := strings.Cut(rest, "\n")
	return group == number
}

// rawFile reads a short file of /proc into buffer.
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
