package proc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// maxPolled bounds how many entries of a poll are read. A thread that waits for one connection has a handful.
const maxPolled = 1024

// WaitsOn tells whether a thread in system call s waits for the descriptor: it is the call's argument, or in the set of a poll or
// select, which is read from the process's memory without stopping it. epoll sets are not examined.
func WaitsOn(pid int, s Syscall, fd int) bool {
	if own, ok := s.FD(); ok {
		return own == fd && s.Class() != AlwaysEINTR
	}
	switch s.Name() {
	case "poll", "ppoll":
		set := make([]byte, 8*min(s.Args[1], maxPolled))
		n, err := ReadMemory(pid, s.Args[0], set)
		if err != nil {
			return false
		}
		for set = set[:n&^7]; len(set) > 0; set = set[8:] {
			if int(int32(binary.NativeEndian.Uint32(set))) == fd {
				return true
			}
		}
	case "select", "pselect6":
		if fd < 0 || uint64(fd) >= s.Args[0] {
			return false
		}
		for _, at := range s.Args[1:4] { // to read, to write, exceptional
			var b [1]byte
			if at == 0 {
				continue
			}
			if _, err := ReadMemory(pid, at+uint64(fd/8), b[:]); err == nil && b[0]&(1<<(fd%8)) != 0 {
				return true
			}
		}
	}
	return false
}

// Polled is how many descriptors a poll or select waits for. ok is false if the system call is another one, or if its set cannot
// be read.
func Polled(pid int, s Syscall) (n int, ok bool) {
	switch s.Name() {
	case "poll", "ppoll":
		return int(min(s.Args[1], maxPolled)), true
	case "select", "pselect6":
		var union [maxPolled / 8]byte
		words := min((s.Args[0]+7)/8, uint64(len(union)))
		for _, at := range s.Args[1:4] {
			var set [len(union)]byte
			if at == 0 {
				continue
			}
			if got, err := ReadMemory(pid, at, set[:words]); err != nil || uint64(got) != words {
				return 0, false
			}
			for i := range words {
				union[i] |= set[i]
			}
		}
		for fd := range min(s.Args[0], maxPolled) {
			n += int(union[fd/8] >> (fd % 8) & 1)
		}
		return n, true
	}
	return 0, false
}

// Timeout is the timeout argument of the system call. ok is false if it has none, or waits without limit.
func Timeout(pid int, s Syscall) (time.Duration, bool) {
	milliseconds := func(arg uint64) (time.Duration, bool) {
		n := int32(arg)
		return time.Duration(n) * time.Millisecond, n >= 0
	}
	switch s.Name() {
	case "poll":
		return milliseconds(s.Args[2])
	case "epoll_wait", "epoll_pwait":
		return milliseconds(s.Args[3])
	case "epoll_pwait2":
		return timespec(pid, s.Args[3], time.Nanosecond)
	case "ppoll":
		return timespec(pid, s.Args[2], time.Nanosecond)
	case "pselect6":
		return timespec(pid, s.Args[4], time.Nanosecond)
	case "select":
		return timespec(pid, s.Args[4], time.Microsecond)
	}
	return 0, false
}

// Endless tells that the system call takes a timeout, and was called without one.
func Endless(s Syscall) bool {
	switch s.Name() {
	case "poll":
		return int32(s.Args[2]) < 0
	case "epoll_wait", "epoll_pwait":
		return int32(s.Args[3]) < 0
	case "ppoll":
		return s.Args[2] == 0
	case "epoll_pwait2":
		return s.Args[3] == 0
	case "select", "pselect6":
		return s.Args[4] == 0
	}
	return false
}

// timespec reads two words from a process: seconds, and a fraction in unit.
func timespec(pid int, at uint64, unit time.Duration) (time.Duration, bool) {
	var b [16]byte
	if at == 0 {
		return 0, false
	}
	if n, err := ReadMemory(pid, at, b[:]); err != nil || n != len(b) {
		return 0, false
	}
	sec := int64(binary.NativeEndian.Uint64(b[:]))
	return time.Duration(sec)*time.Second + time.Duration(binary.NativeEndian.Uint64(b[8:]))*unit, sec >= 0
}

// ReadMemory reads a process's memory without stopping it (process_vm_readv). It may read less than asked.
func ReadMemory(pid int, at uint64, into []byte) (int, error) {
	if len(into) == 0 {
		return 0, nil
	}
	local := []unix.Iovec{{Base: &into[0]}}
	local[0].SetLen(len(into))
	n, err := unix.ProcessVMReadv(pid, local, []unix.RemoteIovec{{Base: uintptr(at), Len: len(into)}}, 0)
	if err != nil {
		return 0, fmt.Errorf("read memory of process %d: %w", pid, err)
	}
	return n, nil
}

// ErrNoThread means that no thread of the process waits on the descriptor.
var ErrNoThread = errors.New("no thread waits on the descriptor")

// ThreadOn finds the thread of a process that waits on a descriptor. With ErrNoThread it returns the first thread and its system
// call.
func ThreadOn(root string, pid, fd int) (int, Syscall, error) {
	tids, err := Threads(root, pid)
	if err != nil {
		return pid, Syscall{NR: -1}, err
	}
	first := Syscall{NR: -1}
	for _, tid := range tids {
		s, err := ReadSyscall(root, pid, tid)
		if errors.Is(err, unix.EACCES) && len(tids) == 1 {
			return pid, s, nil // hidden, but it is the only thread
		}
		if err != nil {
			return pid, s, err
		}
		if tid == pid {
			first = s
		}
		if WaitsOn(pid, s, fd) {
			return tid, s, nil
		}
	}
	return pid, first, ErrNoThread
}

// Holds tells whether the process still has the socket with this inode at this descriptor.
func Holds(root string, o Owner, inode uint64) bool {
	var buf [64]byte
	n, err := unix.Readlink(fmt.Sprintf("%s/%d/fd/%d", root, o.PID, o.FD), buf[:])
	if errors.Is(err, unix.EACCES) {
		held := false
		// A descriptor that cannot be borrowed counts as closed.
		_ = borrowSockets(root, o.PID, func(fd int, got uint64) { held = held || fd == o.FD && got == inode })
		return held
	}
	if err != nil {
		return false
	}
	got, ok := ParseSocketLink(string(buf[:n]))
	return ok && got == inode
}
