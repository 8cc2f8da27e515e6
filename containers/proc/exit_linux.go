package proc

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Exit is how a process ended, as its parent is told by wait(2).
type Exit struct{ status unix.WaitStatus }

// Signal is the signal that killed it, "" if it exited.
func (e Exit) Signal() string {
	if !e.status.Signaled() {
		return ""
	}
	if name := unix.SignalName(e.status.Signal()); name != "" {
		return name
	}
	return fmt.Sprintf("signal %d", e.status.Signal())
}

// Status is its exit status. ok is false if a signal killed it.
func (e Exit) Status() (status int, ok bool) { return e.status.ExitStatus(), e.status.Exited() }

// ErrTaken means that the parent has taken the exit status, or that the kernel does not show it, and does not keep it.
var ErrTaken = errors.New("stalemate could not read the exit status before the parent took it (Linux keeps it since 6.15)")

// Handle is a process that was opened while it lived. Opening it takes no privilege and does not disturb it.
type Handle struct {
	Stat
	FD       int // a pidfd: it is readable when the process has ended
	root     string
	readable bool // the kernel shows its exit code to this process
}

// OpenHandle opens a process. Close its FD after use.
func OpenHandle(root string, pid int) (Handle, error) {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return Handle{}, fmt.Errorf("open process %d: %w", pid, err)
	}
	line, err := os.ReadFile(TaskPath(root, pid, pid, "stat"))
	if err != nil {
		return Handle{}, errors.Join(fmt.Errorf("open process %d: %w", pid, err), unix.Close(fd))
	}
	st, err := ParseStat(string(line))
	if err != nil {
		return Handle{}, errors.Join(fmt.Errorf("open process %d: %w", pid, err), unix.Close(fd))
	}
	// Field 26, startcode, is 1 for who may not trace the process. To them exit_code is always 0.
	code, err := statField(string(line), 26)
	return Handle{Stat: st, FD: fd, root: root, readable: err == nil && code != 1}, nil
}

// Exit tells how the process ended. The error is ErrTaken if nobody can know any more.
func (h Handle) Exit() (Exit, error) {
	if h.readable {
		if e, err := h.zombieExit(); err == nil {
			return e, nil
		}
	}
	info := pidfdInfo{mask: pidfdInfoExit}
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(h.FD), pidfdGetInfo, uintptr(unsafe.Pointer(&info)))
	if errno != 0 || info.mask&pidfdInfoExit == 0 {
		return Exit{}, ErrTaken
	}
	return Exit{unix.WaitStatus(info.exit)}, nil
}

// The ioctl PIDFD_GET_INFO of linux/pidfd.h.
const (
	pidfdInfoExit = 1 << 3
	pidfdGetInfo  = 3<<30 | unsafe.Sizeof(pidfdInfo{})<<16 | 0xff<<8 | 11 // _IOWR(PIDFS_IOCTL_MAGIC, 11, struct pidfd_info)
)

// pidfdInfo is struct pidfd_info in its first version. The kernel fills exit since 6.15.
type pidfdInfo struct {
	mask, cgroup uint64
	ids          [11]uint32
	exit         int32
}

// zombieExit reads the exit code of a process for which its parent has not waited yet.
func (h Handle) zombieExit() (Exit, error) {
	line, err := os.ReadFile(Path(h.root, h.PID, "stat"))
	if err != nil {
		return Exit{}, err
	}
	st, err := ParseStat(string(line))
	if err != nil {
		return Exit{}, err
	}
	if st.State != "Z" || st.StartTime != h.StartTime {
		return Exit{}, fmt.Errorf("process %d is no zombie", h.PID)
	}
	code, err := statField(string(line), 52)
	return Exit{unix.WaitStatus(code)}, err
}

// Ending tells whether the process is about to end: it is gone, a zombie, or in exit(2), where its descriptors are already closed.
func (h Handle) Ending() bool {
	line, err := os.ReadFile(Path(h.root, h.PID, "stat"))
	if err != nil {
		return true
	}
	st, err := ParseStat(string(line))
	if err != nil || st.StartTime != h.StartTime || st.State == "Z" || st.State == "X" {
		return true
	}
	flags, err := statField(string(line), 9)
	const exiting = 4 // PF_EXITING of linux/sched.h
	return err == nil && flags&exiting != 0
}

// Begun is when the process was started, to a clock tick: CLOCK_MONOTONIC in nanoseconds.
func (h Handle) Begun() int64 { return Begun(h.StartTime) }

// Begun turns the start time of a process into CLOCK_MONOTONIC in nanoseconds, rounded to a clock tick, so that the result for one
// process is always the same. 0: the clocks cannot be read.
func Begun(startTime uint64) int64 {
	asleep, err := timeAsleep(readClock)
	if err != nil {
		return 0
	}
	const tick = 10 * time.Millisecond // USER_HZ is 100
	return (int64(startTime) - int64((asleep+tick/2)/tick)) * int64(tick)
}

// closeTogether bounds the time between two readings of clocks that count as simultaneous: far less than a clock tick. Reading both
// takes less than a microsecond, but a busy machine may take the processor away between them.
const closeTogether = time.Millisecond

// timeAsleep is how long the machine has been suspended: CLOCK_BOOTTIME counts that time, and CLOCK_MONOTONIC does not. Of readings
// that the scheduler pulled apart it takes the closest.
func timeAsleep(read func(clock int32) (time.Duration, error)) (asleep time.Duration, err error) {
	const tries = 100
	closest := time.Duration(-1)
	for range tries {
		before, err := read(unix.CLOCK_MONOTONIC)
		if err != nil {
			return 0, err
		}
		boot, err := read(unix.CLOCK_BOOTTIME)
		if err != nil {
			return 0, err
		}
		after, err := read(unix.CLOCK_MONOTONIC)
		if err != nil {
			return 0, err
		}
		if apart := after - before; closest < 0 || apart < closest {
			closest, asleep = apart, boot-before-apart/2
		}
		if closest < closeTogether {
			break
		}
	}
	return asleep, nil
}

func readClock(clock int32) (time.Duration, error) {
	var now unix.Timespec
	if err := unix.ClockGettime(clock, &now); err != nil {
		return 0, fmt.Errorf("read clock %d: %w", clock, err)
	}
	return time.Duration(now.Nano()), nil
}

// statField is a field of /proc/PID/stat after the name, by its number in proc(5).
func statField(line string, number int) (int64, error) {
	const afterName = 3
	fields := strings.Fields(line[strings.LastIndexByte(line, ')')+1:])
	if len(fields) <= number-afterName {
		return 0, fmt.Errorf("the stat line %.80q has no field %d", line, number)
	}
	value, err := strconv.ParseUint(fields[number-afterName], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("field %d of the stat line %.80q: %w", number, line, err)
	}
	return int64(value), nil
}
