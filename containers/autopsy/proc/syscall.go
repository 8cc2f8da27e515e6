package proc

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Syscall is what /proc/PID/syscall says: where a thread waits.
type Syscall struct {
	Running bool  // on a processor, or runnable: no call to tell
	NR      int64 // -1: stopped, and not in a call
	Args    [6]uint64
	SP, PC  uint64
}

var errShape = errors.New("neither \"running\", nor a number with its addresses")

// ReadSyscall reads where a thread waits. It needs the right to trace the
// process (CAP_SYS_PTRACE), and for one that never changed its user also
// CAP_DAC_READ_SEARCH or its user.
func ReadSyscall(root string, pid, tid int) (Syscall, error) {
	b, err := os.ReadFile(TaskPath(root, pid, tid, "syscall"))
	if err != nil {
		return Syscall{}, fmt.Errorf("read the system call of thread %d: %w", tid, err)
	}
	s, err := ParseSyscall(string(b))
	if err != nil {
		return s, fmt.Errorf("system call of thread %d: %w", tid, err)
	}
	return s, nil
}

// ParseSyscall reads the text of /proc/PID/syscall: "running", "-1 SP PC" or "NR A B C D E F SP PC".
func ParseSyscall(text string) (Syscall, error) {
	fields := strings.Fields(text)
	if len(fields) == 1 && fields[0] == "running" {
		return Syscall{Running: true, NR: -1}, nil
	}
	if len(fields) != 3 && len(fields) != 9 {
		return Syscall{NR: -1}, fmt.Errorf("%.80q: %w", text, errShape)
	}
	nr, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil || (len(fields) == 3) != (nr == -1) {
		return Syscall{NR: -1}, fmt.Errorf("%.80q: %w", text, errShape)
	}
	s := Syscall{NR: nr}
	var rest []uint64
	for _, f := range fields[1:] {
		n, err := strconv.ParseUint(f, 0, 64)
		if err != nil {
			return Syscall{NR: -1}, fmt.Errorf("%.80q: %w", text, err)
		}
		rest = append(rest, n)
	}
	copy(s.Args[:], rest[:len(rest)-2])
	s.SP, s.PC = rest[len(rest)-2], rest[len(rest)-1]
	return s, nil
}

// Name is the call's name on this machine; a number that is not known is printed as such.
func (s Syscall) Name() string {
	if s.Running {
		return "running"
	}
	if s.NR < 0 {
		return ""
	}
	if c, ok := calls[s.NR]; ok {
		return c.name
	}
	return fmt.Sprintf("syscall %d", s.NR)
}

// FD is the descriptor that the call waits on, where it takes one as its first argument.
func (s Syscall) FD() (int, bool) {
	if c, ok := calls[s.NR]; ok && c.fd && !s.Running {
		return int(int32(s.Args[0])), true
	}
	return -1, false
}

// Class tells how the call behaves when a thread is stopped in it and goes on.
func (s Syscall) Class() Class {
	if s.Running || s.NR < 0 {
		return Running
	}
	if c, ok := calls[s.NR]; ok {
		return c.class
	}
	return Unlisted
}

// Class is how a blocking system call reacts to a stop that brings no signal.
type Class string

// The classes. Source: the ERESTART codes that each call returns in the kernel.
const (
	Running      Class = "running"       // in none
	Restartable  Class = "restartable"   // taken up again unnoticed: ERESTARTSYS, ERESTARTNOHAND
	RestartBlock Class = "restart-block" // taken up again as restart_syscall with the time that is left
	PartWay      Class = "part-way"      // returns what it has sent so far, where that is something: a stop ends it
	AlwaysEINTR  Class = "always-eintr"  // returns EINTR to the program: a stop is noticed
	Unlisted     Class = "unlisted"      // not known here, so not touched early
)

// Shared tells whether the thread waits for more than one connection, so that others may wake it: an event loop, a
// thread of a runtime that parks its own, one that accepts.
func (s Syscall) Shared() bool {
	switch s.Name() {
	case "epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll", "select", "pselect6", "futex", "restart_syscall",
		"io_uring_enter", "accept", "accept4":
		return true
	}
	return false
}

type call struct {
	name  string
	fd    bool // the first argument is a descriptor
	class Class
}
