package startup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"stalemate/containers/leftover"
	"stalemate/containers/pod"
	"stalemate/containers/proc"
	"stalemate/reports/record/wire"
)

// strangerWithin bounds the arrival of the stranger, and its end or the target's after a signal.
const strangerWithin = 5 * time.Second

// stranger is a live process of stalemate's in the target's PID namespace.
type stranger struct {
	proc.Stat
	talk *pod.Conversation
}

// strangerFirst says whether a stranger starts before the target. With bare none can: the target is the first process.
func (s *scenario) strangerFirst() bool {
	return s.leftovers().Stranger != nil && s.Target.RestartAs != pod.Bare
}

// startStranger starts the stranger in the PID namespace, and plants what names it.
func (s *scenario) startStranger(ctx context.Context) error {
	s.forgetStranger()
	uid, gid := 0, 0
	if user := s.leftovers().Stranger.User; user != "" {
		var err error
		if uid, gid, err = s.pod.Owner(ctx, string(user)); err != nil {
			return fmt.Errorf("start the stranger: %w", err)
		}
	}
	arrived := make(chan proc.Stat, 1)
	one := &stranger{talk: pod.Talk(context.WithoutCancel(ctx), s.pod.As(uid, gid), pod.Inspector, wire.CommandStranger, func(stat proc.Stat) {
		select {
		case arrived <- stat:
		default: // it says it once
		}
	})}
	within, cancel := context.WithTimeout(ctx, strangerWithin)
	defer cancel()
	select {
	case one.Stat = <-arrived:
	case <-one.talk.Done():
		return fmt.Errorf("the stranger ended at once: %w", one.talk.Err())
	case <-within.Done():
		return fmt.Errorf("wait for the stranger: %w", within.Err())
	}
	s.stranger = one
	s.Say("the stranger runs as PID %d, user %d", one.PID, uid)
	return s.plantPending(ctx)
}

// plantPending plants what names the stranger. It stays pending until an incarnation is up: the next attempt
// has another stranger.
func (s *scenario) plantPending(ctx context.Context) error {
	if len(s.pending) == 0 {
		return nil
	}
	for _, o := range s.planted {
		if isIPC(o.Kind) || s.volatile(o.Name) { // in the layer the new object replaces the old one
			if err := s.change(ctx, leftover.ToRemove, []leftover.Object{o}); err != nil {
				return err
			}
		}
	}
	planted, err := s.objects(ctx, s.pending)
	if err != nil {
		return err
	}
	s.planted = planted
	if err := s.change(ctx, leftover.ToPlant, s.planted); err != nil {
		return err
	}
	_, err = s.look(ctx, leftover.Before)
	return err
}

// forgetStranger ends the stranger.
func (s *scenario) forgetStranger() {
	if s.stranger != nil {
		s.stranger.talk.End()
		s.stranger = nil
	}
}

// strangerRuns asks the pod. The end of the stranger's exec alone proves no death.
func (s *scenario) strangerRuns(ctx context.Context) (bool, error) {
	now, err := s.pod.Process(ctx, s.stranger.PID)
	switch {
	case errors.Is(err, pod.ErrGone):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("ask whether the stranger runs: %w", err)
	}
	return now.StartTime == s.stranger.StartTime && now.State != "Z", nil
}

// StrangerLives is an error where the stranger does not live, before a step that is to kill or to spare it.
func (s *scenario) StrangerLives(ctx context.Context) error {
	if s.stranger == nil {
		return errors.New("no stranger runs: it comes with a start, and ends with that incarnation")
	}
	switch lives, err := s.strangerRuns(ctx); {
	case err != nil:
		return err
	case !lives:
		return fmt.Errorf("the stranger, PID %d, was dead before the step", s.stranger.PID)
	}
	return nil
}

// StrangerKilled waits for the stranger's end. complaint says that it still runs.
func (s *scenario) StrangerKilled(ctx context.Context) (complaint string, err error) {
	dead, err := s.await(ctx, func() (bool, error) {
		lives, err := s.strangerRuns(ctx)
		return !lives, err
	})
	if err != nil {
		return "", err
	}
	if !dead {
		return fmt.Sprintf("the stranger, PID %d, still runs", s.stranger.PID), nil
	}
	s.Say("the stranger, PID %d, is dead", s.stranger.PID)
	return "", nil
}

// StrangerSpared waits for the target's end. complaint says that it still runs, or that the stranger is dead as well.
func (s *scenario) StrangerSpared(ctx context.Context) (complaint string, err error) {
	ended, err := s.await(ctx, func() (bool, error) {
		running, _, _, err := s.pod.State(ctx)
		return !running, err
	})
	switch {
	case err != nil:
		return "", err
	case !ended:
		return "the target still runs: the command stopped nothing", nil
	}
	s.alive, s.changed = false, true
	lives, err := s.strangerRuns(ctx)
	switch {
	case err != nil:
		return "", err
	case !lives:
		return fmt.Sprintf("the stranger, PID %d, is dead as well", s.stranger.PID), nil
	}
	s.Say("the target ended; the stranger, PID %d, still runs", s.stranger.PID)
	return "", nil
}

// await looks until something is so, or strangerWithin is over.
func (s *scenario) await(ctx context.Context, so func() (bool, error)) (bool, error) {
	return s.within(ctx, strangerWithin, so)
}

// within looks until something is so, or the time is over.
func (s *scenario) within(ctx context.Context, most time.Duration, so func() (bool, error)) (bool, error) {
	deadline := time.Now().Add(most)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if done, err := so(); err != nil || done {
			return done, err
		}
		if time.Now().After(deadline) {
			return false, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}
