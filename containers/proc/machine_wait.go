package proc

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// MachineWait is what this machine has taken from all processes since it was started.
type MachineWait struct {
	// Stolen is for how long each processor had something to run while the hypervisor ran something else on it
	// (steal in /proc/stat, proc_stat(5)).
	Stolen []time.Duration
	// Disk is for how long some process waited for a disk (some in /proc/pressure/io, Documentation/accounting/psi.rst). It
	// is 0 on a kernel that does not count it.
	Disk time.Duration
}

// userHZ is the unit of /proc/stat: a hundredth of a second on every architecture that Go has (USER_HZ).
const userHZ = 100

// ReadMachineWait reads what this machine has taken.
func ReadMachineWait(root string) (MachineWait, error) {
	text, err := os.ReadFile(filepath.Join(root, "stat"))
	if err != nil {
		return MachineWait{}, fmt.Errorf("read what this machine took: %w", err)
	}
	var wait MachineWait
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 9 || !strings.HasPrefix(fields[0], "cpu") || fields[0] == "cpu" {
			continue
		}
		ticks, err := strconv.ParseInt(fields[8], 10, 64)
		if err != nil {
			return MachineWait{}, fmt.Errorf("parse the steal time of %s: %w", fields[0], err)
		}
		wait.Stolen = append(wait.Stolen, time.Duration(ticks)*time.Second/userHZ)
	}
	if text, err := os.ReadFile(filepath.Join(root, "pressure", "io")); err == nil {
		wait.Disk, err = parsePressure(text)
		if err != nil {
			return MachineWait{}, fmt.Errorf("parse pressure/io: %w", err)
		}
	}
	return wait, nil
}

// parsePressure gives the total of the line some.
func parsePressure(text []byte) (time.Duration, error) {
	first, _, _ := strings.Cut(string(text), "\n")
	_, total, found := strings.Cut(first, "total=")
	if !found || !strings.HasPrefix(first, "some ") {
		return 0, fmt.Errorf("no total: %.80q", first)
	}
	us, err := strconv.ParseInt(strings.TrimSpace(total), 10, 64)
	return time.Duration(us) * time.Microsecond, err
}

// Since gives how much more this machine has taken than before: of a processor, the one from which it took most, and of a disk.
func (w MachineWait) Since(before MachineWait) (stolen, disk time.Duration) {
	for i, now := range w.Stolen {
		if i < len(before.Stolen) {
			stolen = max(stolen, now-before.Stolen[i])
		}
	}
	return stolen, max(0, w.Disk-before.Disk)
}
