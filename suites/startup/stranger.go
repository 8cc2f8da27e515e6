package startup

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"stalemate/containers/pid"
	"stalemate/containers/pod"
)

// strangerWithin bounds the arrival of the stranger, and its end after a signal.
const strangerWithin = 5 * time.Second

// stranger is a live process of ours in the target's PID namespace.
type stranger struct {
	pid  int
	in   *io.PipeWriter
	over chan struct{}
}

// welcomeStranger starts one in a namespace that is there, before the target is, and plants what names it.
func (s *scenario) welcomeStranger(ctx context.Context) error {
	s.forgetStranger()
	reader, writer := io.Pipe()
	one := &stranger{in: writer, over: make(chan struct{})}
	arrived := make(chan int, 1)
	go func() {
		defer close(one.over)
		// However it ends, that it ended is what counts.
		_, err := s.pod.Exec(context.WithoutCancel(ctx), pod.Inspector, []string{"pod", "stranger"}, reader, func(line []byte) error {
			var stat pid.Stat
			if err := json.Unmarshal(line, &stat); err != nil {
				return err
			}
			arrived <- stat.PID
			return nil
		})
		reader.CloseWithError(err)
	}()
	within, cancel := context.WithTimeout(ctx, strangerWithin)
	defer cancel()
	select {
	case one.pid = <-arrived:
	case <-one.over:
		return fmt.Errorf("the stranger ended at once")
	case <-within.Done():
		return fmt.Errorf("wait for the stranger: %w", within.Err())
	}
	s.stranger = one
	s.say("a stranger lives as PID %d", one.pid)
	planted := s.pending
	s.pending = nil
	return s.change(ctx, "plant", s.objects(planted))
}

// forgetStranger lets it end.
func (s *scenario) forgetStranger() {
	if s.stranger != nil {
		_ = s.stranger.in.Close()
		s.stranger = nil
	}
}

// strangerLives waits for the stranger's end, and complains where it lives on.
func (s *scenario) strangerLives(ctx context.Context) string {
	within, cancel := context.WithTimeout(ctx, strangerWithin)
	defer cancel()
	select {
	case <-s.stranger.over:
		s.say("the stranger, PID %d, is dead", s.stranger.pid)
		return ""
	case <-within.Done():
		return fmt.Sprintf("the stranger, PID %d, lives on", s.stranger.pid)
	}
}
