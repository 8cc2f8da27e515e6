package engine

import (
	"context"
	"fmt"

	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	tclog "github.com/testcontainers/testcontainers-go/log"
)

// newProvider is testcontainers.NewDockerProvider with a context.
func newProvider(ctx context.Context) (*testcontainers.DockerProvider, error) {
	type result struct {
		provider *testcontainers.DockerProvider
		err      error
	}
	done := make(chan result, 1)
	go func() {
		defer func() {
			// testcontainers panics if it finds no engine.
			if r := recover(); r != nil {
				done <- result{nil, fmt.Errorf("%v", r)}
			}
		}()
		provider, err := testcontainers.NewDockerProvider(testcontainers.WithLogger(tclog.NewNoopLogger()))
		done <- result{provider, err}
	}()
	select {
	case r := <-done:
		return r.provider, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// ownConnections replaces the provider's client by one whose connections can be cut.
func (e *Engine) ownConnections(ctx context.Context) error {
	first := e.client
	e.connections = newConnections(first.DaemonHost())
	cuttable, err := testcontainers.NewDockerClientWithOpts(ctx, client.WithDialContext(e.connections.dial))
	if err != nil {
		return err
	}
	e.client = cuttable
	e.provider.SetClient(cuttable)
	return first.Close()
}

// At is the engine at an address, for Sweep alone. It sends no request yet. testcontainers keeps for the life of the process what
// its first question found out: for it, an engine that was down then stays down.
func At(host string) (*Engine, error) {
	api, err := client.New(client.FromEnv, client.WithHost(host))
	if err != nil {
		return nil, fmt.Errorf("use the engine at %s: %w", host, err)
	}
	return &Engine{client: api}, nil
}
