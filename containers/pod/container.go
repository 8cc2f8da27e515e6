// The pod's helper containers and services are created with moby's raw client. testcontainers-go (v0.45) publishes each port
// that an image exposes, unless the container joins another's network namespace, and a pod must publish none. Its Container
// also lacks what comes later: attach to the input before the start, send a signal, disconnect from the network. Its wait
// strategies for ports and HTTP dial a published port from the host, so a pod cannot use them.

package pod

import (
	"context"
	"fmt"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// helperHostConfig is the host configuration of a helper container: no capability, no way to gain one, a read-only root, bounded
// resources.
func (p *Pod) helperHostConfig() *container.HostConfig {
	init := !p.noInit
	host := &container.HostConfig{
		CapDrop:        []string{"ALL"},
		SecurityOpt:    []string{"no-new-privileges"},
		ReadonlyRootfs: true,
		Init:           &init,
	}
	helperResources().bind(host)
	return host
}

// withoutInit starts the helper itself as PID 1. docker-init would hold the same standard output, and the target shares its PID
// namespace: a process of the target with the same user could open /proc/1/fd/1 and answer in the helper's place. The helper
// keeps others out (see inpod), and reaps orphans itself.
func withoutInit(host *container.HostConfig) { host.Init = new(bool) }

// uninterrupted is the context of a request that creates or starts something. The engine finishes such a request even if the
// client cancels it, perhaps after Close has removed the rest of the pod. So a request does not begin after the end of ctx,
// but once begun it runs to its end, at most callWithin.
func uninterrupted(ctx context.Context) (context.Context, context.CancelFunc, error) {
	if ctx.Err() != nil {
		return nil, nil, context.Cause(ctx)
	}
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), callWithin)
	return within, cancel, nil
}

func (p *Pod) create(ctx context.Context, role Role, name string, config *container.Config, host *container.HostConfig, net *network.NetworkingConfig) (string, error) {
	ctx, cancel, err := uninterrupted(ctx)
	if err != nil {
		return "", err
	}
	defer cancel()
	config.Labels = p.labels(role)
	got, err := p.engine.Client().ContainerCreate(ctx, client.ContainerCreateOptions{
		Config: config, HostConfig: host, NetworkingConfig: net, Name: p.name(name),
	})
	if err != nil {
		return "", fmt.Errorf("create the %s: %w", name, err)
	}
	return got.ID, nil
}

// podNetwork connects a container to the pod's network under the given host names.
func (p *Pod) podNetwork(names ...string) *network.NetworkingConfig {
	return &network.NetworkingConfig{EndpointsConfig: map[string]*network.EndpointSettings{
		p.name("net"): {NetworkID: p.network, Aliases: names},
	}}
}

// answeringConfig is the configuration of a container that answers questions on its input, and ends when its input ends.
func (p *Pod) answeringConfig(command wire.Command) *container.Config {
	return &container.Config{
		Image: p.spec.Helper, Cmd: command.Argv(),
		OpenStdin: true, StdinOnce: true, AttachStdin: true, AttachStdout: true, AttachStderr: true,
	}
}

// startRole starts the container of a role, and notes that killNamespace must wait for it.
func (p *Pod) startRole(ctx context.Context, role Role) error {
	p.mu.Lock()
	p.started[role] = true
	p.mu.Unlock()
	if role == Sandbox {
		return p.startAttached(ctx, p.id(role), string(role))
	}
	err := p.startContainer(ctx, p.id(role), string(role))
	if role == Target {
		p.mu.Lock()
		p.targetBegan = record.Now()
		p.mu.Unlock()
	}
	return err
}

// startAttached starts a container on the pod's network, while no other container joins or leaves the network.
func (p *Pod) startAttached(ctx context.Context, id, name string) error {
	p.changingNetwork.Lock()
	defer p.changingNetwork.Unlock()
	return p.startContainer(ctx, id, name)
}

func (p *Pod) startContainer(ctx context.Context, id, name string) error {
	ctx, cancel, err := uninterrupted(ctx)
	if err != nil {
		return fmt.Errorf("start the %s: %w", name, err)
	}
	defer cancel()
	if _, err := p.engine.Client().ContainerStart(ctx, id, client.ContainerStartOptions{}); err != nil {
		return fmt.Errorf("start the %s: %w", name, err)
	}
	return nil
}

func (p *Pod) inspectContainer(ctx context.Context, id string) (container.InspectResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	got, err := p.engine.Client().ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return container.InspectResponse{}, fmt.Errorf("inspect container %.12s: %w", id, err)
	}
	return got.Container, nil
}

func (p *Pod) removeContainer(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	_, err := p.engine.Client().ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	if err != nil {
		return fmt.Errorf("remove container %.12s: %w", id, err)
	}
	return nil
}
