package proc

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Syscall is the content of /proc/PID/syscall: the system call in which a thread waits.
type Syscall struct {
	Running bool  // the thread runs, or is runnable
	NR      int64 // -1: the thread is stopped outside a system call
	Args    [6]uint64
	SP, PC  uint64
}

var errShape = errors.New("neither \"running\" nor a system call")

// ReadSyscall reads the system call in which a thread waits. It needs the right to trace the process (CAP_SYS_PTRACE). For a
// process that has always run as its user it also needs CAP_DAC_READ_SEARCH or that user.
func ReadSyscall(root string, pid, tid int) (Syscall, error) {
	b, err := os.ReadFile(TaskPath(root, pid, tid, "syscall"))
	if err != nil {
		return Syscall{}, fmt.Errorf("read the system call of thread %d: %w", tid, err)
	}
	s, err := ParseSyscall(string(b))
	if err != nil {
		return s, fmt.Errorf("parse the system call of thread %d: %w", tid, err)
	}
	return s, nil
}

// ParseSyscall parses /proc/PID/syscall: "running", "-1 SP PC" or "NR A B C D E F SP PC".
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

// Name is the system call's name on this architecture, or its number if the name is not known here.
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

// FD is the descriptor that the system call waits on, if that is its first argument.
func (s Syscall) FD() (int, bool) {
	if c, ok := calls[s.NR]; ok && c.fd && !s.Running {
		return int(int32(s.Args[0])), true
	}
	return -1, false
}

// Class tells how the system call behaves when the thread is stopped in it and continues.
func (s Syscall) Class() Class {
	if s.Running || s.NR < 0 {
		return Running
	}
	if c, ok := calls[s.NR]; ok {
		return c.class
	}
	return Unlisted
}

// Class is how a blocking system call reacts to a stop without a signal.
type Class string

// From the ERESTART codes that each system call returns in the kernel.
const (
	Running      Class = "running"       // in no system call
	Restartable  Class = "restartable"   // the kernel restarts it unnoticed: ERESTARTSYS, ERESTARTNOHAND
	RestartBlock Class = "restart-block" // the kernel restarts it as restart_syscall with the time that is left
	PartWay      Class = "part-way"      // returns early if it has sent a part: a stop ends it
	AlwaysEINTR  Class = "always-eintr"  // returns EINTR: the program notices a stop
	Unlisted     Class = "unlisted"      // not known here: the thread is not stopped before the verdict
)

// Shared tells whether the thread may wait for more than one connection, so that others can wake it: an event loop, a thread of a
// runtime, one that accepts.
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
