package proc

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Stat is the beginning of /proc/PID/stat, and field 22. Two processes with the same PID have different start times.
type Stat struct {
	PID       int    `json:"pid"`
	Comm      string `json:"comm"`
	State     string `json:"state"` // R, S, D, Z, ...
	PPID      int    `json:"ppid"`  // 0: the parent is outside of the PID namespace
	StartTime uint64 `json:"start"` // clock ticks since boot
}

// ReadStat reads the stat line of a thread, or with tid = pid that of the process. The error is fs.ErrNotExist if there is none,
// or ESRCH if it ended during the read.
func ReadStat(root string, pid, tid int) (Stat, error) {
	b, err := os.ReadFile(TaskPath(root, pid, tid, "stat"))
	if err != nil {
		return Stat{}, fmt.Errorf("read the stat line of thread %d: %w", tid, err)
	}
	return ParseStat(string(b))
}

// ParseStat parses one line of /proc/PID/stat. The name may contain spaces and parentheses: the last parenthesis ends it.
func ParseStat(line string) (Stat, error) {
	open, end := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	if open < 1 || end < open {
		return Stat{}, fmt.Errorf("parse the stat line %.80q: no name in parentheses", line)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line[:open]))
	rest := strings.Fields(line[end+1:])
	if err != nil || len(rest) < 20 || len(rest[0]) != 1 {
		return Stat{}, fmt.Errorf("parse the stat line %.80q: too short", line)
	}
	ppid, errP := strconv.Atoi(rest[1])
	start, errS := strconv.ParseUint(rest[19], 10, 64)
	if err := errors.Join(errP, errS); err != nil {
		return Stat{}, fmt.Errorf("parse the stat line %.80q: %w", line, err)
	}
	return Stat{PID: pid, Comm: line[open+1 : end], State: rest[0], PPID: ppid, StartTime: start}, nil
}

// Wchan is the kernel function in which a thread sleeps, or "" if the kernel does not show it.
func Wchan(root string, pid, tid int) string {
	b, err := os.ReadFile(TaskPath(root, pid, tid, "wchan"))
	if err != nil || string(b) == "0" {
		return ""
	}
	return strings.TrimSpace(string(b))
}
