package containers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go/exec"
	"github.com/testcontainers/testcontainers-go/wait"

	"stalemate/containers/pod"
)

const (
	// readyWithin bounds the wait for a server where no strategy says how long; testcontainers' own bound.
	readyWithin = time.Minute
	// askEvery is the time between two questions to a server that is not ready.
	askEvery = 100 * time.Millisecond
	// fileAtMost bounds a file that a strategy reads, in bytes.
	fileAtMost = 16 << 20
)

// ForAnswer is a wait strategy for testcontainers.WithWaitStrategy: it waits until a listener answers
// a request for the path with the status; 0 is any below 500. For listeners without HTTP, path and
// status are ignored. Strategies of testcontainers that dial a published port do not work here.
func ForAnswer(listener, path string, status int) wait.Strategy {
	return answer{listener: listener, path: path, status: status}
}

type answer struct {
	listener, path string
	status         int
}

// WaitUntilReady asks until the answer is there or ctx ends.
func (a answer) WaitUntilReady(ctx context.Context, target wait.StrategyTarget) error {
	asked, ok := target.(waitTarget)
	if !ok {
		return errors.New("containers.ForAnswer waits for a server of containers.Run alone")
	}
	l, err := asked.listener(a.listener)
	if err != nil {
		return err
	}
	q := asked.question(l)
	q.Request.Path, q.Expect, q.Within = a.path, a.status, readyWithin
	if deadline, ok := ctx.Deadline(); ok {
		q.Within = time.Until(deadline)
	}
	result, err := asked.probe(ctx, q)
	if err != nil {
		return err
	}
	if !result.OK {
		return fmt.Errorf("listener %s did not answer within %v: %s", a.listener, q.Within.Round(time.Millisecond), result.Error)
	}
	return nil
}

// everyListener waits until every listener answers. Each has all of readyWithin: a part may start later than the rest.
func (s *Server) everyListener() wait.Strategy { return listening{} }

type listening struct{}

func (listening) WaitUntilReady(ctx context.Context, target wait.StrategyTarget) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for {
		answers, err := target.(waitTarget).answers(ctx)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(answers, func(a Answer) bool { return !a.OK }) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// waitTarget is the server as wait strategies see it.
type waitTarget struct{ *Server }

var errUnpublished = errors.New("no port of a pod is published: use containers.ForAnswer")

// Host fails: a strategy that asks for it wants to dial the server from outside of the pod.
func (waitTarget) Host(context.Context) (string, error) { return "", errUnpublished }

// MappedPort fails like Host.
func (waitTarget) MappedPort(context.Context, string) (network.Port, error) {
	return network.Port{}, errUnpublished
}

// Ports are none.
func (waitTarget) Ports(context.Context) (network.PortMap, error) { return nil, nil }

// Inspect is what the engine knows of the server's container.
func (t waitTarget) Inspect(ctx context.Context) (*container.InspectResponse, error) {
	got, err := t.engine.Client().ContainerInspect(ctx, t.pod.Names()[string(pod.Target)], client.ContainerInspectOptions{})
	if err != nil {
		return nil, fmt.Errorf("inspect %s: %w", t.name, err)
	}
	return &got.Container, nil
}

// State is the container's.
func (t waitTarget) State(ctx context.Context) (*container.State, error) {
	got, err := t.Inspect(ctx)
	if err != nil {
		return nil, err
	}
	return got.State, nil
}

// Logs are those since the present start.
func (t waitTarget) Logs(ctx context.Context) (io.ReadCloser, error) {
	text, err := t.Server.Logs(ctx)
	return io.NopCloser(strings.NewReader(text)), err
}

// Exec runs a command in the server's container. Options of the process are not honoured.
func (t waitTarget) Exec(ctx context.Context, command []string, _ ...exec.ProcessOption) (int, io.Reader, error) {
	status, output, err := t.Server.Exec(ctx, command...)
	return status, strings.NewReader(output), err
}

// CopyFileFromContainer reads a file of the server's container.
func (t waitTarget) CopyFileFromContainer(ctx context.Context, path string) (io.ReadCloser, error) {
	data, err := t.pod.CopyFrom(ctx, path, fileAtMost)
	return io.NopCloser(bytes.NewReader(data)), err
}
