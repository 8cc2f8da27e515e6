package proc

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// RunDelays is for how long each thread of a process was ready to run and waited for a processor, since it began: the second
// number of /proc/PID/task/TID/schedstat (Documentation/scheduler/sched-stats.rst). It is 0 on a kernel that does not count
// it (CONFIG_SCHED_INFO).
func RunDelays(root string, pid int) (map[int]time.Duration, error) {
	tids, err := Threads(root, pid)
	if err != nil {
		return nil, err
	}
	delays := make(map[int]time.Duration, len(tids))
	for _, tid := range tids {
		text, err := os.ReadFile(TaskPath(root, pid, tid, "schedstat"))
		if err != nil {
			continue // the thread has ended, or the kernel does not count
		}
		fields := strings.Fields(string(text))
		if len(fields) < 2 {
			return nil, fmt.Errorf("parse schedstat of thread %d: %.80q", tid, text)
		}
		delay, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("parse schedstat of thread %d: %w", tid, err)
		}
		delays[tid] = time.Duration(delay)
	}
	return delays, nil
}
