package learn

import (
	"math"
	"slices"

	"stalemate/containers/autopsy"
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

// whole is how far the longest timeout of an event loop may be from whole seconds: somebody has set the limit of a connection, and
// other timers have run for some time. In seconds.
const whole = 0.1

// rounded is what the granularity is rounded up to, in seconds, so that cells of one limit share a rule.
const rounded = 10.0

// wait is what ends the wait of a process: after so many seconds since the last byte, or up to granularity later. It is zero for none.
type wait struct{ seconds, granularity float64 }

// armed is the limit after which the wait of the processes ends that kept the holds of a cell. It is zero unless all holds show the
// same. What ends then is measured by check, not here.
func armed(m measured) wait {
	var limits []float64
	late := agree
	for _, h := range m.holds {
		seen, is := m.looks[h.ID]
		if !is {
			return wait{}
		}
		if w := seen.limit(h); w > 0 {
			limits = append(limits, w)
			continue
		}
		if !m.alone[h.ID] {
			return wait{}
		}
		w := seen.loopLimit(h)
		limits, late = append(limits, w.seconds), math.Max(late, w.granularity)
	}
	switch {
	case len(limits) == 0 || slices.Min(limits) <= 0 || slices.Max(limits)-slices.Min(limits) > agree:
		return wait{}
	case late == agree:
		return wait{math.Round(slices.Min(limits)), late}
	case math.Abs(slices.Max(limits)-math.Round(slices.Max(limits))) > whole:
		return wait{} // a busy machine begins to wait later than the limit began, and never sooner
	}
	return wait{math.Round(slices.Max(limits)), late}
}

// limit is what ends the wait of a thread that waits for this connection alone, in seconds since its last byte: the timeout of a poll,
// a select or the socket, which began when the byte was read, or else ITIMER_REAL, if it runs during a read. It is 0 if the look shows
// neither. The timeout of an event loop is that of the connection, or of anything else, that is due first.
func (l look) limit(h record.HoldState) float64 {
	switch {
	case l.Class == string(autopsy.EventLoop) || l.SyscallPeer == "" || l.SyscallPeer != h.Local:
		return 0
	case l.waitsFor() > l.since(h): // it still runs
		return l.waitsFor()
	case l.waitsFor() == 0 && l.SyscallClass == string(proc.Restartable) && l.TimerAfter != nil && *l.TimerAfter > 0:
		return l.since(h) + *l.TimerAfter
	}
	return 0
}

// loopLimit is what ends the wait of an event loop that has no other connection: Dovecot starts a process for each. The wait began with
// the last byte, or with something else until now, so that a connection ends after the timeout, or as much later.
func (l look) loopLimit(h record.HoldState) wait {
	timeout := l.waitsFor()
	if l.Class != string(autopsy.EventLoop) || timeout <= l.since(h) {
		return wait{}
	}
	return wait{timeout, math.Ceil(l.since(h)/rounded) * rounded}
}

// since is how long after the last byte of the hold the look was, in seconds.
func (l look) since(h record.HoldState) float64 {
	return secondsBetween(max(h.Parked, h.LastByte), l.at)
}

// waitsFor is the timeout of the wait, in seconds; 0 for none.
func (l look) waitsFor() float64 {
	if l.Waits == nil || l.Waits.Timeout == nil {
		return 0
	}
	return *l.Waits.Timeout
}

// processesOfOne are the holds whose process has no other hold.
func processesOfOne(all []measured) map[string]bool {
	type process struct {
		pod string
		pid int
	}
	holds := map[process]int{}
	of := func(h record.HoldState) process { return process{h.Pod, h.PID} }
	for _, m := range all {
		for _, h := range m.holds {
			holds[of(h)]++
		}
	}
	alone := map[string]bool{}
	for _, m := range all {
		for _, h := range m.holds {
			alone[h.ID] = h.PID != 0 && holds[of(h)] == 1
		}
	}
	return alone
}
