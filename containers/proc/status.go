package proc

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
)

// Mask is a set of signals as in /proc/PID/status: bit n-1 is signal n.
type Mask uint64

// Has tells whether the signal is in the set.
func (m Mask) Has(signal int) bool {
	return signal >= 1 && signal <= 64 && m&(1<<(signal-1)) != 0
}

// String formats the mask as the kernel does.
func (m Mask) String() string { return fmt.Sprintf("%016x", uint64(m)) }

// Status is the part of /proc/PID/status about signals and waiting.
type Status struct {
	Name        string
	State       byte // R, S, D, T, t, Z, X, I
	PPID        int
	FDSize      int // allocated descriptor slots: every descriptor is below it
	Threads     int
	Voluntary   uint64 // voluntary context switches: the thread waited
	Involuntary uint64
	Pending     Mask // of the thread
	Shared      Mask // of the process
	Blocked     Mask
	Ignored     Mask
	Caught      Mask
	Filters     int // seccomp filters; 0 before kernel 5.9, which does not show them
}

// ReadStatus reads the status of a thread, or with tid = pid that of the process.
func ReadStatus(root string, pid, tid int) (Status, error) {
	b, err := os.ReadFile(TaskPath(root, pid, tid, "status"))
	if err != nil {
		return Status{}, fmt.Errorf("read the status of process %d: %w", pid, err)
	}
	s, err := ParseStatus(b)
	if err != nil {
		return s, fmt.Errorf("parse the status of process %d: %w", pid, err)
	}
	return s, nil
}

// ParseStatus parses /proc/PID/status. It skips unknown lines. A known line that it cannot parse is an error.
func ParseStatus(text []byte) (Status, error) {
	var s Status
	for line := range bytes.Lines(text) {
		key, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			continue
		}
		v := string(bytes.TrimSpace(value))
		var err error
		switch string(key) {
		case "Name":
			s.Name = v
		case "State":
			if v == "" {
				err = fmt.Errorf("empty")
				break
			}
			s.State = v[0]
		case "PPid":
			s.PPID, err = strconv.Atoi(v)
		case "FDSize":
			s.FDSize, err = strconv.Atoi(v)
		case "Threads":
			s.Threads, err = strconv.Atoi(v)
		case "voluntary_ctxt_switches":
			s.Voluntary, err = strconv.ParseUint(v, 10, 64)
		case "nonvoluntary_ctxt_switches":
			s.Involuntary, err = strconv.ParseUint(v, 10, 64)
		case "Seccomp_filters":
			s.Filters, err = strconv.Atoi(v)
		case "SigPnd":
			s.Pending, err = parseMask(v)
		case "ShdPnd":
			s.Shared, err = parseMask(v)
		case "SigBlk":
			s.Blocked, err = parseMask(v)
		case "SigIgn":
			s.Ignored, err = parseMask(v)
		case "SigCgt":
			s.Caught, err = parseMask(v)
		}
		if err != nil {
			return s, fmt.Errorf("line %q: %w", key, err)
		}
	}
	if s.State == 0 {
		return s, fmt.Errorf("no State line")
	}
	return s, nil
}

func parseMask(v string) (Mask, error) {
	n, err := strconv.ParseUint(v, 16, 64)
	return Mask(n), err
}
