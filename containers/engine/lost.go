package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/moby/moby/client"
)

const (
	// pingEvery is the interval at which Supervise asks whether the engine answers.
	pingEvery = 5 * time.Second
	// silentAtMost is how long an engine may not answer. A ping takes no lock of the engine. On two cores with sixteen pods
	// that started, the slowest took 1.2 s. An engine that restarts is back after 20 s.
	silentAtMost = 45 * time.Second
	// answersWithin bounds the one ping of Answers.
	answersWithin = 20 * time.Second
	// lastPing bounds one more ping: the silence may have been this process's own, which was stopped.
	lastPing = 5 * time.Second
)

// Abandon gives the engine up: every request to it fails from now on, with the cause. The reaper, which has a connection of its
// own, removes what is left. Only the first call counts.
func (e *Engine) Abandon(cause error) {
	e.lose(cause) // first: whoever sees a connection end looks for the reason
	e.connections.cut(cause)
}

// Lost is why the engine was given up, or nil.
func (e *Engine) Lost() error { return e.connections.fault() }

// While is ctx, and ends when the engine is given up, with the same cause.
func (e *Engine) While(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(e.lost, func() { cancel(context.Cause(e.lost)) })
	return ctx, func() { stop(); cancel(nil) }
}

// Supervise gives the engine up when it ends, or has not answered for silentAtMost. It returns then, or when ctx ends.
func (e *Engine) Supervise(ctx context.Context) {
	ctx, stop := e.While(ctx)
	defer stop()
	go e.watchEnd(ctx)
	supervise(ctx, func(ctx context.Context) error {
		_, err := e.client.Ping(ctx, client.PingOptions{})
		return err
	}, func(err error) {
		silent := fmt.Errorf("the container engine at %s has not answered for %v", e.Host(), silentAtMost)
		if !errors.Is(err, context.DeadlineExceeded) { // which says nothing more
			silent = fmt.Errorf("%w: %w", silent, err)
		}
		e.Abandon(silent)
	})
}

// watchEnd gives the engine up when it ends, also if it is back at once. Its containers end with it: what a pod shows then looks as if
// its server had crashed. An engine that ends closes this stream, which has no events. So does a proxy that thinks it idle; then the
// engine still answers.
func (e *Engine) watchEnd(ctx context.Context) {
	nothing := make(client.Filters).Add("label", LabelRun+"=no-run-has-this-id")
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		stream := e.client.Events(ctx, client.EventsListOptions{Filters: nothing})
		<-stream.Err
		if ctx.Err() != nil {
			return
		}
		if !e.Answers() {
			e.Abandon(fmt.Errorf("the container engine at %s ended during the run", e.Host()))
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Answers says whether the engine answers now.
func (e *Engine) Answers() bool {
	ctx, cancel := context.WithTimeout(context.Background(), answersWithin)
	defer cancel()
	_, err := e.client.Ping(ctx, client.PingOptions{})
	return err == nil
}

// supervise pings again and again, and calls lost when no ping was answered for silentAtMost.
func supervise(ctx context.Context, ping func(context.Context) error, lost func(error)) {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	ask := func(most time.Duration) error {
		ctx, cancel := context.WithTimeout(ctx, most)
		defer cancel()
		return ping(ctx)
	}
	for answered := time.Now(); ; {
		err := ask(max(lastPing, silentAtMost-time.Since(answered)))
		if err == nil {
			answered = time.Now()
		} else if time.Since(answered) >= silentAtMost && ctx.Err() == nil {
			if err = ask(lastPing); err != nil && ctx.Err() == nil {
				lost(err)
				return
			}
			answered = time.Now()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
