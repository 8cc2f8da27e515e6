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

// armed is the limit, in seconds since the last byte, after which the wait of the processes ends that kept the holds of a cell. It is 0
// unless all holds show the same. What ends then is measured by check, not here.
func armed(m measured) float64 {
	var limits []float64
	for _, h := range m.holds {
		seen, is := m.looks[h.ID]
		if !is {
			return 0
		}
		limits = append(limits, seen.limit(h))
	}
	if len(limits) == 0 || slices.Min(limits) <= 0 || slices.Max(limits)-slices.Min(limits) > agree {
		return 0
	}
	return math.Round(slices.Min(limits))
}

// limit is what ends the wait of a thread that waits for this connection alone, in seconds since its last byte: the timeout of a poll,
// a select or the socket, which began when the byte was read, or else ITIMER_REAL, if it runs during a read. It is 0 if the look shows neither.
func (l look) limit(h record.HoldState) float64 {
	since := secondsBetween(max(h.Parked, h.LastByte), l.at)
	switch {
	case l.SyscallPeer == "" || l.SyscallPeer != h.Local:
		return 0
	case l.waitsFor() > since: // it still runs
		return l.waitsFor()
	case l.waitsFor() == 0 && l.SyscallClass == string(proc.Restartable) && l.TimerAfter != nil && *l.TimerAfter > 0:
		return since + *l.TimerAfter
	}
	return 0
}

// waitsFor is the timeout of the wait, in seconds; 0 for none.
func (l look) waitsFor() float64 {
	if l.Waits == nil || l.Waits.Timeout == nil {
		return 0
	}
	return *l.Waits.Timeout
}
