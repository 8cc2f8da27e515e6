package timeouts

import (
	"fmt"
	"time"

	"stalemate/reports/record"
	"stalemate/reports/record/wire"
	"stalemate/suites/plan"
	"stalemate/suites/run"
	"stalemate/suites/verdict"
)

// stagger lies between the starts of two holds of a pod: a burst of handshakes
// would make the last of them late, and is not what is measured.
const stagger = 25 * time.Millisecond

// HoldID names one repeat of a cell, counted from 1.
func HoldID(c *plan.Cell, repeat int) string { return fmt.Sprintf("%s#%d", c.Address, repeat+1) }

// attack makes the plan that the attacker of one pod carries out for some of the unit's cells.
func attack(run string, u plan.Unit, cells []*plan.Cell, address string) wire.Plan {
	p := wire.Plan{Run: run, Target: u.Target.Name, Pod: u.Name}
	most := 0
	for _, c := range cells {
		most = max(most, c.Plan.Holds)
	}
	begins := time.Duration(0)
	for repeat := range most {
		for _, c := range cells {
			if repeat >= c.Plan.Holds {
				continue
			}
			if len(p.Holds) > 0 {
				begins += max(stagger, c.Listener.Stagger)
			}
			p.Holds = append(p.Holds, holdOf(c, repeat, address, begins+time.Duration(repeat)*u.Target.RepeatEvery+c.Delay))
		}
	}
	return p
}

func holdOf(c *plan.Cell, repeat int, at string, after time.Duration) wire.Hold {
	h := run.NewHold(at, c.Target, c.Listener, c.Stage.Name)
	h.ID, h.Cell, h.Mode, h.StartAfter = HoldID(c, repeat), c.Address, record.Trickle, after
	if c.Mode.IsSilent() {
		h.Mode = record.Silent
	}
	h.Interval, h.TrickleFor = c.Interval(), c.Trickle
	h.Phase = clearOf(c.Plan.Limit, h.Interval, phase(h.Interval, len(c.Address)+repeat*7))
	h.Watch, h.RefusedWithin = c.Watch, verdict.RefusedWithin(c.Plan)
	if l := c.Plan.Limit; l != nil {
		h.ReleasedBy = l.ReleasedBy
	}
	return h
}

// clearOf moves a trickle's phase so that no byte comes near the moment at which the limit fires.
// A handler that only sets a flag while its process is not in read() is missed by that read,
// with or without SA_RESTART: that race is the design's own, and not what is measured.
func clearOf(l *record.Limit, interval, phase time.Duration) time.Duration {
	near := interval / 5
	if l == nil || l.Kind == record.Idle {
		return phase
	}
	between := (time.Duration(l.Seconds*float64(time.Second)) - phase) % interval
	if between < near || between > interval-near {
		return (phase + 2*near) % interval
	}
	return phase
}

// phase spreads the first bytes of trickles over their interval, the same in every run.
func phase(interval time.Duration, n int) time.Duration {
	const parts = 10
	return interval / parts * time.Duration(1+n%(parts-1))
}

// deadline is when a hold's limit runs out, 0 where nothing is expected to.
func deadline(h *tracked) int64 {
	l := h.cell.Plan.Limit
	switch {
	case l == nil, h.Parked == 0, h.Proven == 0:
		return 0
	case h.cell.Mode == record.Trickle && l.Kind == record.Idle:
		if h.TrickleEnd == 0 {
			return 0 // it counts from a byte that has not been sent yet
		}
	case h.cell.Mode == record.Trickle:
		return max(h.Parked, h.Proven) + int64(l.Seconds*1e9)
	}
	return max(h.Parked, h.LastByte, h.Proven) + int64(l.Seconds*1e9)
}

// idle says whether the hold's limit counts from its last byte.
func (h *tracked) idle() bool {
	return h.cell != nil && h.cell.Plan.Limit != nil && h.cell.Plan.Limit.Kind == record.Idle
}
