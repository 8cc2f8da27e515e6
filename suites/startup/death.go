package startup

import (
	"context"
	"fmt"
	"strings"
	"time"

	"stalemate/containers/leftover"
	"stalemate/containers/pod"
	"stalemate/fixtures"
	"stalemate/reports/record"
)

// down kills what is up, without waiting for anything.
func (s *scenario) down(ctx context.Context) error {
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

// die is down where the scenario is about the death: one that had ended by itself has not died uncleanly.
func (s *scenario) die(ctx context.Context) error {
	was := s.alive
	if err := s.down(ctx); err != nil {
		return err
	}
	if ended := s.pod.Incarnation(); was && ended.How != pod.Killed {
		return fmt.Errorf("no unclean death: it had ended by itself with status %d", ended.Exit)
	}
	return nil
}

// kill is the unclean death, at the chosen moment.
func (s *scenario) kill(ctx context.Context, step fixtures.LeftoverStep) error {
	// One that is degraded or refused need not have what it would leave: its predecessor's was in the way.
	if n := len(s.starts); s.alive && n > 0 && s.starts[n-1].Seen() == record.Starts {
		if err := s.awaitLeftovers(ctx); err != nil {
			return err
		}
	}
	switch step.During {
	case "load":
		if err := s.underLoad(ctx); err != nil {
			return err
		}
	case "reload":
		if err := s.inReload(ctx); err != nil { // which has killed it
			return err
		}
		if err := s.left(ctx, step); err != nil {
			return fmt.Errorf("%w: %w", errMissed, err)
		}
		return nil
	}
	if err := s.die(ctx); err != nil {
		return err
	}
	return s.left(ctx, step)
}

// stop is the clean stop. One that refused its start is dead already: there is nothing to stop.
func (s *scenario) stop(ctx context.Context, step fixtures.LeftoverStep) error {
	running, exit, _, err := s.pod.State(ctx)
	if err != nil {
		return err
	}
	n := len(s.starts)
	switch {
	case running:
		if exit, err = s.pod.Stop(ctx, "", stopWithin); err != nil {
			return err
		}
		s.alive = false
		s.say("stopped with exit status %d", exit)
	case n > 0 && s.starts[n-1].Seen() == record.Starts:
		return fmt.Errorf("it ended by itself, with exit status %d, before it could be stopped", exit)
	default:
		s.say("it had ended with exit status %d before it could be stopped", exit)
		if err := s.down(ctx); err != nil {
			return err
		}
	}
	return s.left(ctx, step)
}

// left lists what the dead one left, and compares it with what it should have left.
func (s *scenario) left(ctx context.Context, step fixtures.LeftoverStep) error {
	list, err := s.look(ctx, leftover.After)
	if err != nil {
		return err
	}
	for _, one := range step.Leaves {
		kind, pattern, _ := strings.Cut(s.expand(one), " ")
		if len(matching(list, kind, pattern)) == 0 {
			return fmt.Errorf("the dead incarnation left no %s: it left %s", one, names(list))
		}
	}
	return nil
}

// awaitLeftovers waits until what is to be left behind is there.
func (s *scenario) awaitLeftovers(ctx context.Context) error {
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
			return fmt.Errorf("%s was not there %s after the start, so that nothing is left behind; there is %s", missing, waitFor, names(list))
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
