package engine

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

// enoughMemory is what a batch of sixteen pods takes, in bytes, with a reserve. Measured: 3 MiB for a pod of nginx, 10 MiB for
// one of Apache, and 10 MiB for each of the four containers that stalemate adds.
const enoughMemory = 1 << 30

// memory reports the free memory of an engine on this machine.
func (e *Engine) memory() Finding {
	finding := Finding{Name: "memory", Level: OK}
	free, err := availableMemory("/proc/meminfo")
	switch {
	case !e.local || err != nil:
		finding.Detail = "not known: the engine is not on this machine"
		if e.local {
			finding.Detail = "not known: " + err.Error()
		}
	case free < enoughMemory:
		finding.Level = Warn
		finding.Detail = fmt.Sprintf("%.1f GiB free", float64(free)/(1<<30))
		finding.ToDo = "free some, or check fewer targets at a time: a batch of sixteen pods takes up to 1 GiB"
	default:
		finding.Detail = fmt.Sprintf("%.1f GiB free", float64(free)/(1<<30))
	}
	return finding
}

// availableMemory reads MemAvailable from a file like /proc/meminfo, in bytes.
func availableMemory(path string) (uint64, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, fmt.Errorf("read the free memory: %w", err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "MemAvailable:"); ok {
			var kib uint64
			if _, err := fmt.Sscanf(rest, "%d kB", &kib); err != nil {
				return 0, fmt.Errorf("read the free memory: %q: %w", lines.Text(), err)
			}
			return kib << 10, nil
		}
	}
	return 0, fmt.Errorf("read the free memory: %s has no MemAvailable", path)
}
