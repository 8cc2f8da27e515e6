//go:build linux

package pid

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
)

// Stat is what identifies a process: two with the same PID and different start
// times are two.
type Stat struct {
	PID       int    `json:"pid"`
	Comm      string `json:"comm"`
	State     string `json:"state"` // R, S, D, Z, ...
	PPID      int    `json:"ppid"`  // 0: its parent is outside of the namespace
	StartTime uint64 `json:"start"` // clock ticks since boot, field 22 of /proc/PID/stat
}

// Read is the process n in the caller's PID namespace. Its error is fs.ErrNotExist where there is none.
func Read(n int) (Stat, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", n))
	if err != nil {
		return Stat{}, err
	}
	return ParseStat(data)
}

// ParseStat reads a line of /proc/PID/stat. The command's name stands in
// parentheses and may itself hold spaces and parentheses, so the last one counts.
func ParseStat(line []byte) (Stat, error) {
	open, shut := bytes.IndexByte(line, '('), bytes.LastIndexByte(line, ')')
	if open < 1 || shut < open {
		return Stat{}, fmt.Errorf("a stat line without a command: %q", line)
	}
	n, err := strconv.Atoi(string(bytes.TrimSpace(line[:open])))
	if err != nil {
		return Stat{}, fmt.Errorf("the PID of a stat line: %w", err)
	}
	fields := bytes.Fields(line[shut+1:])
	const state, ppid, start = 0, 1, 22 - 3 // counted from the field after the command, which is the third
	if len(fields) <= start {
		return Stat{}, fmt.Errorf("a stat line of %d fields", len(fields)+2)
	}
	parent, err := strconv.Atoi(string(fields[ppid]))
	if err != nil {
		return Stat{}, fmt.Errorf("the parent of a stat line: %w", err)
	}
	ticks, err := strconv.ParseUint(string(fields[start]), 10, 64)
	if err != nil {
		return Stat{}, fmt.Errorf("the start time of a stat line: %w", err)
	}
	return Stat{PID: n, Comm: string(line[open+1 : shut]), State: string(fields[state]), PPID: parent, StartTime: ticks}, nil
}
