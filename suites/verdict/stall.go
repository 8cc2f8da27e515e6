package verdict

import (
	"fmt"
	"time"

	"stalemate/reports/record"
)

// Stall is a time in which this machine ran timers late: a timer of stalemate was due at From and fired at To,
// in nanoseconds of CLOCK_MONOTONIC. The server's timers may have been late as well.
type Stall struct{ From, To int64 }

// stalled is how many seconds of the time between two moments lie in stalls.
func stalled(stalls []Stall, from, to int64) float64 {
	sum := int64(0)
	for _, s := range stalls {
		sum += max(0, min(s.To, to)-max(s.From, from))
	}
	return time.Duration(sum).Seconds()
}

// explains says how this machine explains that something which was due came that many seconds too late, at end. It is "" if
// the machine does not: an excess that is longer than what the machine took from the server is the server's.
func explains(h Hold, end int64, excess float64) string {
	due := end - int64(excess*float64(time.Second))
	slept := stalled(h.Stalls, h.Connected, max(h.Parked, h.Proven)) + stalled(h.Stalls, due-int64(stallLead), end)
	if slept+h.Starved+h.Disk+h.Stolen < excess {
		return ""
	}
	return fmt.Sprintf("this machine was too busy, which explains the excess of %s: its timers were late by %s, the server's processes waited %s for a processor, "+
		"disks kept processes waiting for %s, and other machines had a processor for %s",
		seconds(excess), seconds(slept), seconds(h.Starved), seconds(h.Disk), seconds(h.Stolen))
}

// stallLead is how long before the due time a stall may begin and still make a timer late.
const stallLead = time.Second

// excess is by how much a release was later than its limit allows, in seconds.
func excess(l *record.Limit, o judgedHold) float64 {
	_, most := window(l)
	return o.later - most
}

// ExplainsWave says how the stalls explain a wave of which the server recovered too late. It is "" if they do not.
func ExplainsWave(plan record.Plan, w Wave, j record.Judgement, stalls []Stall) string {
	if j.Verdict != record.Late || plan.Limit == nil || len(j.Holds) == 0 || j.Holds[0].Released == nil {
		return ""
	}
	over := *j.Holds[0].Released - plan.Limit.Seconds - plan.Limit.TooLate
	if slept := stalled(stalls, w.First, w.Ended); slept >= over {
		return fmt.Sprintf("this machine stalled for %s during the wave, which explains the excess of %s", seconds(slept), seconds(over))
	}
	return ""
}
