package startup

import (
	"context"
	"errors"
	"fmt"

	"stalemate/containers/pod"
)

// KillMain kills the process that leftovers.daemon names, and proves that it is dead.
func (s *scenario) KillMain(ctx context.Context) error {
	file := s.leftovers().Daemon
	number, missing, err := s.daemonPID(ctx)
	switch {
	case err != nil:
	case missing != "":
		err = errors.New(missing)
	case number == s.pod.Incarnation().PID:
		err = errors.New("that is the container's first process, with which the engine ends all others")
	}
	if err != nil {
		return fmt.Errorf("kill the main process that %s names: %w", file, err)
	}
	was, err := s.pod.Process(ctx, number)
	if err != nil {
		return fmt.Errorf("kill the main process that %s names, PID %d: %w", file, number, err)
	}
	if err := s.pod.KillProcess(ctx, number); err != nil {
		return fmt.Errorf("kill the main process that %s names: %w", file, err)
	}
	dead, err := s.await(ctx, func() (bool, error) {
		now, err := s.pod.Process(ctx, number)
		if errors.Is(err, pod.ErrGone) {
			return true, nil
		}
		return now.StartTime != was.StartTime || now.State == "Z", err
	})
	if err == nil && !dead {
		err = fmt.Errorf("it still runs after %v", strangerWithin)
	}
	if err != nil {
		return fmt.Errorf("kill the main process that %s names, PID %d: %w", file, number, err)
	}
	s.changed = true
	s.Say("killed the main process alone: PID %d, %s", number, was.Comm)
	return nil
}
