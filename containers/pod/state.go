// The end of a container is awaited with moby's raw client: the engine reports it at once. testcontainers-go's wait.ForExit
// (v0.45) polls every 100 ms.

package pod

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// State says whether the target's main process runs, its exit status if not (128 + the signal that killed it), and when it was
// started, by the engine's clock.
func (p *Pod) State(ctx context.Context) (running bool, exit int, startedAt time.Time, err error) {
	got, err := p.inspectContainer(ctx, p.id(Target))
	if err != nil {
		return false, 0, time.Time{}, err
	}
	if startedAt, err = time.Parse(time.RFC3339Nano, got.State.StartedAt); err != nil {
		return false, 0, time.Time{}, fmt.Errorf("parse the start time of the target: %w", err)
	}
	return got.State.Running, got.State.ExitCode, startedAt, nil
}

// OutOfMemory says whether the kernel has killed a process of the target because its container had no memory left. An engine tells
// it of a container that has ended, and in its recent events.
func (p *Pod) OutOfMemory(ctx context.Context) (bool, error) {
	got, err := p.inspectContainer(ctx, p.id(Target))
	if err != nil || got.State.OOMKilled {
		return err == nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	events := p.engine.Client().Events(ctx, client.EventsListOptions{
		Since: got.Created, Until: strconv.FormatInt(time.Now().Unix()+1, 10),
		Filters: make(client.Filters).Add("container", p.id(Target)).Add("event", "oom"),
	})
	select {
	case <-events.Messages:
		return true, nil
	case err := <-events.Err:
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		return false, fmt.Errorf("read the events of the target: %w", err)
	}
}

// End sends one value: nil when the target's main process has ended, or the error that prevents stalemate from knowing, such as
// the end of ctx. While an incarnation is up, the value is about that one. This costs less than polling State.
func (p *Pod) End(ctx context.Context) <-chan error {
	end := make(chan error, 1)
	go func() { end <- p.waitForEnd(ctx, Target) }()
	return end
}

// ServiceEnd sends the exit status of a service when its main process has ended. It sends nothing if ctx ends first, or if the
// engine cannot tell.
func (p *Pod) ServiceEnd(ctx context.Context, name string) <-chan int {
	p.mu.Lock()
	id := p.services[name]
	p.mu.Unlock()
	end := make(chan int, 1)
	go func() {
		if exit, err := p.waitForContainer(ctx, id); err == nil {
			end <- exit
		}
	}()
	return end
}

func (p *Pod) waitForEnd(ctx context.Context, role Role) error {
	if _, err := p.waitForContainer(ctx, p.id(role)); err != nil && !cerrdefs.IsNotFound(err) {
		return fmt.Errorf("wait for the end of the %s: %w", role, err)
	}
	return nil
}

// waitForContainer returns a container's exit status when its main process has ended.
func (p *Pod) waitForContainer(ctx context.Context, id string) (exit int, err error) {
	result := p.engine.Client().ContainerWait(ctx, id, client.ContainerWaitOptions{Condition: container.WaitConditionNotRunning})
	select {
	case err := <-result.Error:
		return 0, err
	case ended := <-result.Result:
		return int(ended.StatusCode), nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}
