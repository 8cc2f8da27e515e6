package progress

import (
	"fmt"
	"math"
	"strings"
	"time"

	"stalemate/reports/record"
)

// state is what is known of the run so far.
type state struct {
	began   int64
	doing   string // what the run itself said last: an image that is being built
	ended   bool
	planned int
	judged  map[string]bool
	plans   map[string]record.Plan
	targets []string // in the order of the plan
	images  map[string]bool
	missing map[string]bool // targets whose image cannot be had
	pods    map[string]int  // started, by target
	open    map[string]wait // holds, by name
	forcing string          // what stalemate starts with a forced PID
}

// wait is a hold that is open, and when it should end at the latest.
type wait struct {
	cell  string
	until int64 // CLOCK_MONOTONIC, nanoseconds
}

func newState() state {
	return state{judged: map[string]bool{}, plans: map[string]record.Plan{}, images: map[string]bool{}, missing: map[string]bool{}, pods: map[string]int{}, open: map[string]wait{}}
}

func (s *state) add(e record.Event) {
	if s.began == 0 {
		s.began = e.T // the display may start after the run's first event
	}
	switch e.Kind {
	case record.Observed:
		if e.Target == "" && e.Cell == "" {
			s.doing = e.Note
		}
	case record.RunEnded:
		s.ended = true
	case record.CellPlanned:
		if e.Plan == nil {
			return
		}
		s.planned++
		s.plans[e.Cell] = *e.Plan
		for _, known := range s.targets {
			if known == e.Target {
				return
			}
		}
		s.targets = append(s.targets, e.Target)
	case record.ImageReady:
		s.images[e.Target] = true
	case record.ImageFailed:
		s.missing[e.Target] = true
	case record.PodStarted, record.PodFailed:
		s.pods[e.Target]++
	case record.HoldConnected, record.HoldParked, record.HoldTrickled:
		s.open[e.Hold] = wait{cell: e.Cell, until: e.T + s.longest(e.Cell).Nanoseconds()}
	case record.HoldReleased, record.HoldFailed, record.HoldNotApplicable:
		delete(s.open, e.Hold)
	case record.CellJudged:
		s.judged[e.Cell] = true
		for hold, w := range s.open {
			if w.cell == e.Cell {
				delete(s.open, hold)
			}
		}
	case record.ForceAttempt:
		if e.Force != nil {
			s.forcing = fmt.Sprintf("starting %s with PID %d, attempt %d", e.Target, e.Force.Wanted, e.Force.Attempt)
		}
	case record.IncarnationReady, record.IncarnationEnded:
		s.forcing = ""
	}
}

// longest is how long a hold of a cell is watched: until its limit and tolerance,
// or until the cap if no limit is to end it.
func (s *state) longest(cell string) time.Duration {
	plan := s.plans[cell]
	seconds := plan.Cap
	if limit := plan.Limit; limit != nil && (plan.Expect == record.Fired || plan.Expect == "") {
		seconds = limit.Seconds + limit.Granularity + limit.TooLate
	}
	return time.Duration(seconds * float64(time.Second))
}

// line says what the run waits for at the moment now; "" before the run and after it.
func (s *state) line(now int64) string {
	if s.began == 0 || s.ended {
		return ""
	}
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	building, started := s.preparing()
	switch {
	case building != "":
		add("preparing images, %d of %d ready: %s", len(s.images), len(s.targets)-len(s.missing), building)
		if s.doing != "" {
			add("%s", s.doing)
		}
	case started < len(s.targets)-len(s.missing):
		add("starting %d of %d pods", started, len(s.targets)-len(s.missing))
	}
	if len(s.open) > 0 {
		cell, still := s.last(now)
		switch {
		case still >= 0:
			add("holding %s, the longest for another %.0f s: %s", record.Counted(len(s.open), "connection"), math.Ceil(still.Seconds()), cell)
		default:
			add("holding %s, %.0f s longer than planned: %s", record.Counted(len(s.open), "connection"), -still.Seconds(), cell)
		}
	}
	if s.forcing != "" {
		add("%s", s.forcing)
	}
	if s.planned > 0 {
		add("judged %d of %d cells", len(s.judged), s.planned)
	}
	return fmt.Sprintf("%3.0f s  %s", time.Duration(now-s.began).Seconds(), record.Clean(strings.Join(parts, "; ")))
}

// preparing gives a target that has no image yet, and how many targets have a pod.
func (s *state) preparing() (building string, started int) {
	for _, target := range s.targets {
		switch {
		case s.missing[target]: // its pods fail at once
		case s.pods[target] > 0:
			started++
		case !s.images[target] && building == "":
			building = target
		}
	}
	return building, started
}

// last is the open hold that ends last, and how long that will take.
func (s *state) last(now int64) (cell string, still time.Duration) {
	until := int64(math.MinInt64)
	for _, hold := range s.open {
		if hold.until > until || hold.until == until && hold.cell < cell {
			cell, until = hold.cell, hold.until
		}
	}
	return cell, time.Duration(until - now)
}
