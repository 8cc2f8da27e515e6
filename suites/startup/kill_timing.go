package startup

import (
	"context"
	"fmt"
	"strings"
	"time"

	"stalemate/fixtures/target/steps"
	"stalemate/reports/record/wire"
)

const (
	// loadEvery is the time between two requests of the load under which a server is killed.
	loadEvery = 5 * time.Millisecond
	// loadAnswers is how many of them are answered before the kill.
	loadAnswers = 20
	// loadFor is how long they go on at most: through the kill and beyond.
	loadFor = 3 * time.Second
)

// PutUnderLoad returns while requests are being answered, and more are on the way.
func (s *scenario) PutUnderLoad(ctx context.Context) error {
	o := s.oracles()[0]
	i := 0
	for j, l := range s.Target.Listeners {
		if l.Name == o.Listener {
			i = j
		}
	}
	q := question(s.scenarioPod, i)
	q.Request.Path, q.Expect, q.Timeout = o.Path, o.Status, time.Second
	q.RepeatFor, q.Interval = loadFor, loadEvery
	answers := make(chan wire.ProbeResult, 4096) // more than come in the time
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
	s.Say("killed under load: one request every %s, %d of them answered", loadEvery, loadAnswers)
	return nil
}

// KillInReload asks for a reload and kills the incarnation as soon as the log shows its begin. The proof that it
// died in the middle: the log never shows the end of the reload.
func (s *scenario) KillInReload(ctx context.Context) error {
	before, err := s.pod.Logs(ctx)
	if err != nil {
		return err
	}
	asked, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { // how the command ends does not matter: the kill ends it too
		_, _, _ = s.pod.ExecTarget(asked, s.leftovers().Reload)
	}()
	if err := s.reloadBegins(ctx, before); err != nil {
		return err
	}
	if err := s.Kill(ctx); err != nil {
		return err
	}
	now, err := s.pod.Logs(ctx)
	if err != nil {
		return err
	}
	if strings.Contains(strings.TrimPrefix(now, before), s.leftovers().ReloadEnds) {
		return fmt.Errorf("%w: the log shows its end", steps.ErrMissed)
	}
	s.Say("killed during a reload: the log shows %s, and never %s", s.leftovers().ReloadBegins, s.leftovers().ReloadEnds)
	return nil
}
