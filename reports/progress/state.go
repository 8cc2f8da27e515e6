package progress

import (
	"fmt"
	"time"

	"stalemate/reports/record"
)

// state is what is known of the run so far.
type state struct {
	began    int64
	doing    string // what the run itself said last: an image that is being built
	ended    bool
	planned  int
	judged   map[string]bool
	plans    map[string]record.Plan
	targets  []string // in the order of the plan
	images   map[string]bool
	missing  map[string]bool     // targets whose image cannot be had
	pods     map[string]int      // started, by target
	open     map[string]wait     // holds, by name
	forcing  string              // what stalemate starts with a forced PID
	cells    []string            // in the order of the plan
	notReady map[string]notReady // by pod
}

func newState() state {
	return state{judged: map[string]bool{}, plans: map[string]record.Plan{}, images: map[string]bool{}, missing: map[string]bool{}, pods: map[string]int{}, open: map[string]wait{},
		notReady: map[string]notReady{}}
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
		s.cells = append(s.cells, e.Cell)
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
	case record.PodStarted:
		s.pods[e.Target]++
	case record.PodFailed:
		s.pods[e.Target]++
		delete(s.notReady, e.Pod)
	case record.TargetNotReady:
		one := s.notReady[e.Pod]
		if one.target == "" {
			one.since = e.T
		}
		one.target, one.why = e.Target, e.Note
		s.notReady[e.Pod] = one
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
		delete(s.notReady, e.Pod)
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
