package startup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"stalemate/containers/leftover"
	"stalemate/containers/pid"
	"stalemate/containers/pod"
)

// strangerWithin bounds the arrival of the stranger, and its end or the target's after a signal.
const strangerWithin = 5 * time.Second

// stranger is a live process of ours in the target's PID namespace.
type stranger struct {
	pid.Stat
	in   *io.PipeWriter
	over chan error // how its exec ended
}

// welcomeStranger starts one in a namespace that is there, before the target is, and plants what names it.
func (s *scenario) welcomeStranger(ctx context.Context) error {
	s.forgetStranger()
	reader, writer := io.Pipe()
	one := &stranger{in: writer, over: make(chan error, 1)}
	arrived := make(chan pid.Stat, 1)
	go func() {
		_, err := s.pod.Exec(context.WithoutCancel(ctx), pod.Inspector, []string{"pod", "stranger"}, reader, func(line []byte) error {
			var stat pid.Stat
			if err := json.Unmarshal(line, &stat); err != nil {
				return err
			}
			arrived <- stat
			return nil
		})
		reader.CloseWithError(err)
		one.over <- err
	}()
	within, cancel := context.WithTimeout(ctx, strangerWithin)
	defer cancel()
	select {
	case one.Stat = <-arrived:
	case err := <-one.over:
		return fmt.Errorf("the stranger ended at once: %w", errors.Join(io.EOF, err))
	case <-within.Done():
		return fmt.Errorf("wait for the stranger: %w", within.Err())
	}
	s.stranger = one
	s.say("a stranger lives as PID %d", one.PID)
	return s.plantPending(ctx)
}

// plantPending plants what names the stranger. It stays pending until an incarnation is up: the next attempt
// has another stranger.
func (s *scenario) plantPending(ctx context.Context) error {
	if len(s.pending) == 0 {
		return nil
	}
	for _, o := range s.planted {
		if isIPC(o.Kind) || s.volatile(o.Name) { // in the layer the new one takes the old one's place
			if err := s.change(ctx, leftover.ToRemove, []leftover.Object{o}); err != nil {
				return err
			}
		}
	}
	s.planted = s.objects(s.pending)
	if err := s.change(ctx, leftover.ToPlant, s.planted); err != nil {
		return err
	}
	_, err := s.look(ctx, leftover.Before)
	return err
}

// forgetStranger lets it end.
func (s *scenario) forgetStranger() {
	if s.stranger != nil {
		_ = s.stranger.in.Close()
		s.stranger = nil
	}
}

// strangerLives asks the pod. That nobody could tell is an error: the end of the stranger's exec alone proves no death.
func (s *scenario) strangerLives(ctx context.Context) (bool, error) {
	now, err := s.pod.Process(ctx, s.stranger.PID)
	switch {
	case errors.Is(err, pod.ErrGone):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("whether the stranger lives is not known: %w", err)
	}
	return now.StartTime == s.stranger.StartTime && now.State != "Z", nil
}

// strangerReady says that the stranger lives before a step that is to kill or to spare it.
func (s *scenario) strangerReady(ctx context.Context) error {
	switch lives, err := s.strangerLives(ctx); {
	case err != nil:
		return err
	case !lives:
		return fmt.Errorf("the stranger, PID %d, was dead before the step", s.stranger.PID)
	}
	return nil
}

// strangerKilled waits for the stranger's end, and complains where it lives on.
func (s *scenario) strangerKilled(ctx context.Context) (complaint string, err error) {
	dead, err := s.await(ctx, func() (bool, error) {
		lives, err := s.strangerLives(ctx)
		return !lives, err
	})
	if err != nil {
		return "", err
	}
	if !dead {
		return fmt.Sprintf("the stranger, PID %d, lives on", s.stranger.PID), nil
	}
	s.say("the stranger, PID %d, is dead", s.stranger.PID)
	return "", nil
}

// strangerSpared waits for the target's end, and complains where there is none, or where the stranger ended as well.
func (s *scenario) strangerSpared(ctx context.Context) (complaint string, err error) {
	ended, err := s.await(ctx, func() (bool, error) {
		running, _, _, err := s.pod.State(ctx)
		return !running, err
	})
	switch {
	case err != nil:
		return "", err
	case !ended:
		return "the target runs on, so that nothing was stopped", nil
	}
	s.alive, s.changed = false, true
	lives, err := s.strangerLives(ctx)
	switch {
	case err != nil:
		return "", err
	case !lives:
		return fmt.Sprintf("the stranger, PID %d, is dead as well", s.stranger.PID), nil
	}
	s.say("the target has ended, and the stranger, PID %d, lives on", s.stranger.PID)
	return "", nil
}

// await looks until something is so, or strangerWithin is over.
func (s *scenario) await(ctx context.Context, so func() (bool, error)) (bool, error) {
	deadline := time.Now().Add(strangerWithin)
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
