package startup

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"stalemate/containers/leftover"
	"stalemate/containers/pod"
	"stalemate/fixtures/target/steps"
	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

// Start kills what runs, starts an incarnation, and judges it.
func (s *scenario) Start(ctx context.Context, launch steps.Launch) error {
	judged, options, err := s.prepareStart(ctx, launch)
	if err != nil {
		return err
	}
	incarnation, state, err := s.aimed(ctx, options, launch.PID == 0)
	if err != nil {
		s.notStarted(judged, err)
		return nil
	}
	s.arrived(incarnation)
	if state, err = s.lasts(ctx, state, launch.Stays); err != nil {
		return err
	}
	if err := s.judge(ctx, judged, state, s.last, ""); err != nil { // looked at last before the target was there
		return err
	}
	if s.leftovers().Stranger != nil && !s.strangerFirst() && s.alive {
		return s.startStranger(ctx)
	}
	return nil
}

// prepareStart kills what runs, and lists what the incarnation will find.
func (s *scenario) prepareStart(ctx context.Context, launch steps.Launch) (verdict.Start, pod.UpOptions, error) {
	if err := s.TakeDown(ctx); err != nil {
		return verdict.Start{}, pod.UpOptions{}, err
	}
	wanted := launch.PID
	if wanted == 0 {
		wanted = s.leftovers().PID
	}
	if s.Target.RestartAs == pod.Bare {
		wanted = 0
	}
	if s.changed {
		if _, err := s.look(ctx, leftover.Before); err != nil {
			return verdict.Start{}, pod.UpOptions{}, err
		}
	}
	if s.Target.RestartAs == pod.Kubernetes && s.number > 0 {
		// The layer that was listed is removed with its container.
		s.last = slices.DeleteFunc(s.last, func(l record.Leftover) bool { return !isIPC(l.Kind) && !s.volatile(l.Name) })
	}
	s.number++
	judged := verdict.Start{What: fmt.Sprintf("start %d", s.number), First: s.number == 1 && !s.touched,
		Expect: launch.Expect, Dead: launch.Dead, Log: launch.Log, Exit: launch.Exit}
	if wanted > 0 {
		judged.What += fmt.Sprintf(" with PID %d", wanted)
	}
	options := pod.UpOptions{PID: wanted}
	if s.strangerFirst() {
		options.Before = s.startStranger
	}
	if judged.First {
		s.fresh = freshStart{options: options, found: s.last}
	}
	return judged, options, nil
}

// notStarted adds a start that was not possible as the step asks for it.
func (s *scenario) notStarted(judged verdict.Start, why error) {
	if errors.Is(why, pod.ErrBeyond) {
		judged.NotRun = why.Error()
	} else {
		judged.Unproven = "could not force the start: " + why.Error()
	}
	s.starts = append(s.starts, judged)
	s.Say("%s: %v", judged.What, why)
}

// arrived notes that an incarnation is up, with everything in place that was to be planted.
func (s *scenario) arrived(now record.Incarnation) {
	s.collided(now)
	s.pending, s.planted = nil, nil
}

// collided writes an event where a PID was reused: another process has the same number.
func (s *scenario) collided(now record.Incarnation) {
	if was, again := s.pids[now.PID]; again && was != now.StartTime {
		s.emit(record.Event{Kind: record.PIDCollision, Force: &record.Force{Wanted: now.PID, Got: now.PID, Attempt: now.Number}})
	}
	s.pids[now.PID] = now.StartTime
}
