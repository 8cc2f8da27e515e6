package proc

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Stat is the beginning of /proc/PID/stat, and field 22.
type Stat struct {
	PID   int
	Comm  string
	State byte
	PPID  int
	Start uint64 // clock ticks since boot: with the PID it names one life of a process
}

// ReadStat reads the line of a thread.
func ReadStat(root string, pid, tid int) (Stat, error) {
	b, err := os.ReadFile(TaskPath(root, pid, tid, "stat"))
	if err != nil {
		return Stat{}, fmt.Errorf("read the stat line of thread %d: %w", tid, err)
	}
	return ParseStat(string(b))
}

// ParseStat reads one line of /proc/PID/stat. The name may hold spaces and brackets.
func ParseStat(line string) (Stat, error) {
	open, end := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	if open < 1 || end < open {
		return Stat{}, fmt.Errorf("stat line %.80q: no name in brackets", line)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line[:open]))
	rest := strings.Fields(line[end+1:])
	if err != nil || len(rest) < 20 || len(rest[0]) != 1 {
		return Stat{}, fmt.Errorf("stat line %.80q: too short", line)
	}
	ppid, errP := strconv.Atoi(rest[1])
	start, errS := strconv.ParseUint(rest[19], 10, 64)
	if err := errors.Join(errP, errS); err != nil {
		return Stat{}, fmt.Errorf("stat line %.80q: %w", line, err)
	}
	return Stat{PID: pid, Comm: line[open+1 : end], State: rest[0][0], PPID: ppid, Start: start}, nil
}

// Wchan is the kernel function that a thread sleeps in, "" where the kernel does not tell.
func Wchan(root string, pid, tid int) string {
	b, err := os.ReadFile(TaskPath(root, pid, tid, "wchan"))
	if err != nil || string(b) == "0" {
		return ""
	}
	return strings.TrimSpace(string(b))
}
