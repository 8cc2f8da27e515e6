package startup

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"stalemate/attackers"
	"stalemate/suites/verdict"
)

const (
	// loadEvery is the time between two requests of the load under which a server is killed.
	loadEvery = 5 * time.Millisecond
	// loadAnswers is how many of them are answered before the kill.
	loadAnswers = 20
	// loadFor is how long they go on at most: through the kill and beyond.
	loadFor = 3 * time.Second
)

// underLoad returns while requests are being answered, some have been, and they go on.
func (s *scenario) underLoad(ctx context.Context) error {
	o := s.oracles()[0]
	i := 0
	for j, l := range s.Target.Listeners {
		if l.Name == o.Listener {
			i = j
		}
	}
	q := campaignQuestion(s.unit, i)
	q.Request.Path, q.Expect, q.Timeout = o.Path, o.Status, time.Second
	q.RepeatFor, q.Interval = loadFor, loadEvery
	answers := make(chan attackers.ProbeResult, 4096) // more than come in the time
	go func() {
		_ = load(context.WithoutCancel(ctx), s.pod, q, answers) // it ends by itself; a server that is gone answers nothing
	}()
	for n := 0; n < loadAnswers; {
		select {
		case result, open := <-answers:
			if !open {
				return fmt.Errorf("kill under load: the load ended after %d answers", n)
			}
			if result.OK {
				n++
			}
		case <-ctx.Done():
			return fmt.Errorf("kill under load: %w", ctx.Err())
		}
	}
	s.say("killed under load, a request each %s, %d of them answered", loadEvery, loadAnswers)
	return nil
}

// errMissed says that a kill did not come in the moment in which it was to come: the scenario is tried again.
var errMissed = errors.New("the kill missed its moment")

// inReload asks for a reload and kills the incarnation as soon as it has said that it begins. That
// it never said that the reload was over is the proof that it died in the middle.
func (s *scenario) inReload(ctx context.Context) error {
	before, err := s.pod.Logs(ctx)
	if err != nil {
		return err
	}
	asked, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { // whatever becomes of the command: the kill takes it along
		_, _, _ = s.pod.ExecTarget(asked, s.leftovers().Reload)
	}()
	if err := s.reloadBegins(ctx, before); err != nil {
		return err
	}
	if err := s.die(ctx); err != nil {
		return err
	}
	now, err := s.pod.Logs(ctx)
	if err != nil {
		return err
	}
	if strings.Contains(strings.TrimPrefix(now, before), s.leftovers().ReloadEnds) {
		return fmt.Errorf("%w: the reload was over", errMissed)
	}
	s.say("killed in the middle of a reload: it had said %s, and never said %s", s.leftovers().ReloadBegins, s.leftovers().ReloadEnds)
	return nil
}

// reloaded returns when the target has said that its reload is over, or has ended. Where it does neither in time the judgement
// says what is missing. Where nothing tells the end of a reload, it is watched for a while.
func (s *scenario) reloaded(ctx context.Context, before string) error {
	if s.leftovers().ReloadEnds == "" {
		return s.quiet(ctx, afterReload)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	main := follow(ctx, s.pod)
	deadline := time.Now().Add(stopWithin)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		now, err := s.pod.Logs(ctx)
		if err != nil {
			return err
		}
		running, err := main.runs()
		if err != nil {
			return err
		}
		told := verdict.Missing(strings.TrimPrefix(now, before), []string{s.leftovers().ReloadBegins, s.leftovers().ReloadEnds}) == ""
		if told || !running || time.Now().After(deadline) {
			return nil
		}
		if err := main.pause(ctx, tick.C); err != nil {
			return err
		}
	}
}

// reloadBegins returns when the target has said so.
func (s *scenario) reloadBegins(ctx context.Context, before string) error {
	ctx, cancel := context.WithTimeout(ctx, stopWithin)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		now, err := s.pod.Logs(ctx)
		if err != nil {
			return fmt.Errorf("wait for %s in the log after %q: %w", s.leftovers().ReloadBegins, s.leftovers().Reload, err)
		}
		if strings.Contains(strings.TrimPrefix(now, before), s.leftovers().ReloadBegins) {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("wait for %s in the log after %q: %w", s.leftovers().ReloadBegins, s.leftovers().Reload, ctx.Err())
		}
	}
}
