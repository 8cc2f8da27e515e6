package proc

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// PIDs lists the processes below root, in ascending order.
func PIDs(root string) ([]int, error) {
	pids, err := numbers(root)
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	return pids, nil
}

// Threads lists the threads of a process, in ascending order.
func Threads(root string, pid int) ([]int, error) {
	tids, err := numbers(Path(root, pid, "task"))
	if err != nil {
		return nil, fmt.Errorf("list threads of process %d: %w", pid, err)
	}
	return tids, nil
}

// CommandLine is the argument list of a process. It is empty for a zombie and for a kernel thread.
func CommandLine(root string, pid int) ([]string, error) {
	text, err := os.ReadFile(Path(root, pid, "cmdline"))
	if err != nil {
		return nil, fmt.Errorf("read the command line of process %d: %w", pid, err)
	}
	if len(text) == 0 {
		return nil, nil
	}
	return strings.Split(strings.TrimRight(string(text), "\x00"), "\x00"), nil
}

// numbers lists the names in a folder that are numbers, in ascending order.
func numbers(dir string) ([]int, error) {
	f, err := os.Open(filepath.Clean(dir))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	var all []int
	for _, name := range names {
		if n, err := strconv.Atoi(name); err == nil {
			all = append(all, n)
		}
	}
	slices.Sort(all)
	return all, nil
}
