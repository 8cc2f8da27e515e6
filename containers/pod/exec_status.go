package pod

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

// exitWithin bounds the time from the end of a command's output to its exit status.
const exitWithin = 10 * time.Second

// execStatus is the exit status of a command whose output has ended.
func (p *Pod) execStatus(ctx context.Context, id string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, exitWithin)
	defer cancel()
	status := -1
	err := poll(ctx, func() (bool, error) {
		got, err := p.engine.Client().ExecInspect(ctx, id, client.ExecInspectOptions{})
		if err != nil {
			return false, err
		}
		status = got.ExitCode
		return !got.Running, nil
	})
	if cerrdefs.IsNotFound(err) {
		// The engine forgets a command when its container ends, and the command may have ended it: a reload that kills the
		// server. The engine's events still have the status.
		return p.statusFromEvents(ctx, id)
	}
	if err != nil {
		return -1, fmt.Errorf("read the exit status: %w", err)
	}
	return status, nil
}

// eventsSince is the age of the oldest event that statusFromEvents reads.
const eventsSince = 2 * time.Minute

// ErrTakenAlong means that the end of its container killed the command, so it has no exit status.
var ErrTakenAlong = errors.New("the command was killed together with its container")

// Exit statuses that Engine 20.10 reports for such a command. It reports statusLost if it has lost track of the command.
const (
	statusLost   = 127
	statusKilled = exitKilled
)

// statusFromEvents reads the exit status of a command from the engine's events.
func (p *Pod) statusFromEvents(ctx context.Context, id string) (int, error) {
	now := time.Now()
	events := p.engine.Client().Events(ctx, client.EventsListOptions{
		Since: strconv.FormatInt(now.Add(-eventsSince).Unix(), 10), Until: strconv.FormatInt(now.Add(time.Second).Unix(), 10),
		Filters: make(client.Filters).Add("type", "container").Add("event", "exec_die"),
	})
	for {
		select {
		case e := <-events.Messages:
			if e.Actor.Attributes["execID"] != id {
				continue
			}
			exit, err := strconv.Atoi(e.Actor.Attributes["exitCode"])
			if err == nil && (exit == statusLost || exit == statusKilled) {
				return -1, ErrTakenAlong
			}
			return exit, err
		case err := <-events.Err:
			return -1, fmt.Errorf("read the exit status of a command whose container has ended: %w", err)
		}
	}
}

// pollEvery is the interval between two requests to the engine, which answers in 2 ms.
const pollEvery = 5 * time.Millisecond

// poll calls ask until it is done or fails, or ctx ends.
func poll(ctx context.Context, ask func() (done bool, err error)) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		if done, err := ask(); done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
