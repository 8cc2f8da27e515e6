package startup

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"stalemate/containers/leftover"
	"stalemate/containers/pod"
	"stalemate/fixtures/target/steps"
)

const (
	// waitFor bounds the wait for what a kill is to leave behind.
	waitFor = 10 * time.Second
	// reloadWithin bounds a reload.
	reloadWithin = 15 * time.Second
)

// TakeDown kills what is left of an incarnation.
func (s *scenario) TakeDown(ctx context.Context) error {
	s.forgetStranger()
	if err := s.pod.Kill(ctx); err != nil {
		return fmt.Errorf("the death of the incarnation is not proven: %w", err)
	}
	if s.alive {
		s.changed = true
	}
	s.alive = false
	return nil
}

// Kill kills the whole incarnation. It is an error where that had ended by itself before: nothing died uncleanly.
func (s *scenario) Kill(ctx context.Context) error {
	was := s.alive
	if err := s.TakeDown(ctx); err != nil {
		return err
	}
	if ended := s.pod.Incarnation(); was && ended.How != pod.Killed {
		return fmt.Errorf("%w: the server had ended by itself with exit status %d", steps.ErrEnded, ended.Exit)
	}
	return nil
}

// State asks whether the main process runs, and for its exit status where it has ended.
func (s *scenario) State(ctx context.Context) (running bool, exit int, err error) {
	running, exit, _, err = s.pod.State(ctx)
	return running, exit, err
}

// Stop stops the incarnation as the image asks for it, and gives its exit status, or steps.ErrStillRuns.
func (s *scenario) Stop(ctx context.Context, within time.Duration) (exit int, err error) {
	exit, err = s.pod.Stop(ctx, "", within)
	switch {
	case errors.Is(err, pod.ErrStillRuns):
		return 0, fmt.Errorf("%w: %w", steps.ErrStillRuns, err)
	case err != nil:
		return 0, err
	}
	s.alive = false
	return exit, nil
}

// Left lists what the dead incarnation left behind. It is an error where anything that leaves names is not there.
func (s *scenario) Left(ctx context.Context, leaves steps.Leaves) error {
	list, err := s.look(ctx, leftover.After)
	if err != nil {
		return err
	}
	for _, one := range leaves {
		kind, pattern, _ := strings.Cut(s.expand(one), " ")
		if len(matching(list, kind, pattern)) == 0 {
			return fmt.Errorf("the dead incarnation left no %s behind; it left %s", one, names(list))
		}
	}
	return nil
}

// AwaitLeftovers returns when everything exists that leftovers.wait_for names.
func (s *scenario) AwaitLeftovers(ctx context.Context) error {
	deadline := time.Now().Add(waitFor)
	tick := time.NewTicker(10 * lookEvery)
	defer tick.Stop()
	list := s.last // looked at when it served
	for {
		missing := ""
		for _, pattern := range s.leftovers().WaitFor {
			pattern = strings.ReplaceAll(pattern, "${pid}", fmt.Sprint(s.pod.Incarnation().PID))
			if len(matching(list, "", pattern)) == 0 {
				missing = pattern
			}
		}
		switch {
		case missing == "":
			return nil
		case time.Now().After(deadline):
			return fmt.Errorf("%s did not appear within %s, so a kill would leave nothing behind; found %s", missing, waitFor, names(list))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		var err error
		if list, err = s.look(ctx, leftover.Running); err != nil {
			return err
		}
	}
}
