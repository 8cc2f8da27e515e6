package proc

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"
)

// maxInfo bounds what is read of /proc/PID/fdinfo/FD, in bytes. A line of an epoll set has some 90 bytes.
const maxInfo = 8 << 20

// EpollMember is a descriptor in an epoll set.
type EpollMember struct {
	FD     int
	Device string // of its inode, as the kernel prints it: all sockets have the same one. "" before kernel 4.16
}

// EpollSet lists an epoll set, at most the first 8 MiB of it. An error: fs.ErrNotExist, fs.ErrPermission.
func EpollSet(root string, pid, fd int) ([]EpollMember, error) {
	text, err := readInfo(root, pid, fd)
	if err != nil {
		return nil, fmt.Errorf("read the epoll set %d of process %d: %w", fd, pid, err)
	}
	return ParseEpollSet(text), nil
}

// ParseEpollSet parses /proc/PID/fdinfo/FD of an epoll descriptor: "tfd: 5 events: 1d data: 5 pos:0 ino:61af sdev:7". It skips
// other lines.
func ParseEpollSet(text []byte) []EpollMember {
	var set []EpollMember
	for line := range bytes.Lines(text) {
		words := bytes.Fields(line)
		if len(words) < 2 || string(words[0]) != "tfd:" {
			continue
		}
		fd, err := strconv.ParseInt(string(words[1]), 10, 32)
		if err != nil || fd < 0 {
			continue
		}
		m := EpollMember{FD: int(fd)}
		for _, word := range words[2:] {
			if device, ok := bytes.CutPrefix(word, []byte("sdev:")); ok {
				m.Device = string(device)
			}
		}
		set = append(set, m)
	}
	return set
}

// TimerFD is a timer of timerfd_create(2) that is armed.
type TimerFD struct {
	FD       int
	Left     time.Duration // until it expires
	Interval time.Duration // the time that it is set to when it expires; 0: it expires once
}

// ArmedTimer reads the timer behind a descriptor. armed is false if the descriptor is no timerfd, or its timer does not run.
func ArmedTimer(root string, pid, fd int) (t TimerFD, armed bool, err error) {
	text, err := readInfo(root, pid, fd)
	if err != nil {
		return TimerFD{}, false, fmt.Errorf("read the timer %d of process %d: %w", fd, pid, err)
	}
	t, armed = ParseTimer(text)
	t.FD = fd
	return t, armed, nil
}

// ParseTimer parses /proc/PID/fdinfo/FD of a timerfd: "it_value: (24, 999719187)", "it_interval: (0, 0)".
func ParseTimer(text []byte) (t TimerFD, armed bool) {
	for line := range bytes.Lines(text) {
		key, value, _ := bytes.Cut(bytes.TrimSpace(line), []byte(":"))
		var seconds, nanoseconds int64
		if _, err := fmt.Sscanf(string(value), " (%d, %d)", &seconds, &nanoseconds); err != nil {
			continue
		}
		const longest = int64(1<<63-1)/int64(time.Second) - 1
		if seconds < 0 || seconds > longest || nanoseconds < 0 || nanoseconds >= int64(time.Second) {
			continue
		}
		d := time.Duration(seconds)*time.Second + time.Duration(nanoseconds)
		switch string(key) {
		case "it_value":
			t.Left = d
		case "it_interval":
			t.Interval = d
		}
	}
	return t, t.Left > 0
}

func readInfo(root string, pid, fd int) ([]byte, error) {
	f, err := os.Open(Path(root, pid, fmt.Sprintf("fdinfo/%d", fd)))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxInfo))
}
