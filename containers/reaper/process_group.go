package reaper

import (
	"context"
	"syscall"
	"time"

	"stalemate/containers/proc"
)

const (
	// termWithin is how long a process group may clean up after SIGTERM, before it gets SIGKILL. A package manager that is
	// killed leaves a half-installed system.
	termWithin = 8 * time.Second
	// pollEvery is the time between two looks at a process that is about to end.
	pollEvery = 50 * time.Millisecond
)

// endGroup ends a process group: SIGTERM to all, SIGKILL when the leader has ended or termWithin is over. It does nothing
// where another process has the leader's PID by now.
func endGroup(ctx context.Context, g processGroup) {
	ctx, cancel := context.WithTimeout(ctx, termWithin)
	defer cancel()
	if alive(g) {
		_ = syscall.Kill(-g.PID, syscall.SIGTERM)
	}
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for late := false; alive(g) && !late; {
		select {
		case <-ctx.Done():
			late = true
		case <-tick.C:
		}
	}
	// The kernel reuses no PID that is still the id of a process group. So a process with this PID and another start time
	// means that the group is empty.
	if stat, err := proc.ReadStat(proc.Root, g.PID, g.PID); err == nil && stat.StartTime != g.Start {
		return
	}
	_ = syscall.Kill(-g.PID, syscall.SIGKILL) // fails if the group is empty
}

// alive tells whether the leader still runs.
func alive(g processGroup) bool {
	stat, err := proc.ReadStat(proc.Root, g.PID, g.PID)
	return err == nil && stat.StartTime == g.Start && stat.State != "Z"
}
