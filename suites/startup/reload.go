package startup

import (
	"context"
	"fmt"
	"strings"
	"time"

	"stalemate/fixtures/target/steps"
	"stalemate/suites/verdict"
)

// afterReload is how long the main process is watched after a reload before it counts as having survived, where
// nothing tells its end: Apache reads its configuration again in 0.1 s, and its old children answer meanwhile.
const afterReload = 1500 * time.Millisecond

// Reloaded returns when the log shows the end of the reload, or the server has ended. Where neither happens in time, the
// judgement says what the log lacks. Where leftovers has no reload_log, the main process is watched for a while.
func (s *scenario) Reloaded(ctx context.Context, before steps.Before) error {
	if s.leftovers().ReloadEnds == "" {
		return s.Watch(ctx, afterReload)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	main := follow(ctx, s.pod)
	deadline := time.Now().Add(reloadWithin)
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
		told := verdict.Missing(strings.TrimPrefix(now, before.Log), []string{s.leftovers().ReloadBegins, s.leftovers().ReloadEnds}) == ""
		if told || !running || time.Now().After(deadline) {
			return nil
		}
		if err := main.pause(ctx, tick.C); err != nil {
			return err
		}
	}
}

// reloadBegins returns when the log shows the begin of the reload.
func (s *scenario) reloadBegins(ctx context.Context, before string) error {
	ctx, cancel := context.WithTimeout(ctx, reloadWithin)
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
