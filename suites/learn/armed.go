package learn

import (
	"math"
	"slices"

	"stalemate/containers/proc"
	"stalemate/reports/record"
)

// look is a look at the process that kept a hold, after the hold was watched to the end.
type look struct {
	at int64 // CLOCK_MONOTONIC ns
	record.Autopsy
}

// agree is how far apart the limits may be that the repeats of a cell show, in seconds. SIGALRM is armed in whole seconds.
const agree = 2.0

// armed is the limit, in seconds since the last byte, at which a timer ends the wait of the processes that kept the holds of a cell: a
// process that serves this connection alone, waits in a call on it, and has ITIMER_REAL running. It is 0 unless all holds show the
// same. What then ends is measured by check, not here.
func armed(m measured) float64 {
	var limits []float64
	for _, h := range m.holds {
		seen, is := m.looks[h.ID]
		if !is || seen.TimerAfter == nil || *seen.TimerAfter <= 0 || seen.SyscallPeer != h.Local || seen.SyscallClass != string(proc.Restartable) {
			return 0
		}
		limits = append(limits, secondsBetween(max(h.Parked, h.LastByte), seen.at)+*seen.TimerAfter)
	}
	if len(limits) == 0 || slices.Max(limits)-slices.Min(limits) > agree {
		return 0
	}
	return math.Round(slices.Min(limits))
}
