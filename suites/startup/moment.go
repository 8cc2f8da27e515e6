package startup

import (
	"context"
	"fmt"
	"strings"
	"time"

	"stalemate/attackers"
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

// atReload returns when the target has said something about a reload, or its command has ended: as near to the reload as can be told from outside.
func (s *scenario) atReload(ctx context.Context) error {
	said, err := s.pod.Logs(ctx)
	if err != nil {
		return err
	}
	done := make(chan int, 1)
	go func() {
		exit, _, err := s.pod.ExecTarget(context.WithoutCancel(ctx), s.leftovers().Reload)
		if err != nil {
			exit = -1 // the kill took it away, as is to be expected
		}
		done <- exit
	}()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	deadline := time.Now().Add(stopWithin)
	for time.Now().Before(deadline) {
		now, err := s.pod.Logs(ctx)
		if err != nil {
			return err
		}
		if news := strings.TrimSpace(strings.TrimPrefix(now, said)); news != "" {
			s.say("killed at a reload, after the target had said %.200q; whether it was over is not known", news)
			return nil
		}
		select {
		case <-tick.C:
		case exit := <-done:
			s.say("killed at a reload, whose command had just ended with exit status %d", exit)
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return fmt.Errorf("kill at a reload: nothing happened within %s", stopWithin)
}
