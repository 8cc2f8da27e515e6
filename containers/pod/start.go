package pod

import (
	"context"
	"fmt"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// startContainer starts a created container.
func (p *Pod) startContainer(ctx context.Context, id, name string) error {
	ctx, cancel, err := toTheEnd(ctx)
	if err != nil {
		return fmt.Errorf("start the %s: %w", name, err)
	}
	defer cancel()
	if _, err := p.engine.Client().ContainerStart(ctx, id, client.ContainerStartOptions{}); err != nil {
		return fmt.Errorf("start the %s: %w", name, err)
	}
	return nil
}

// begin starts the container of a role, and keeps in mind that it was begun: see down.
func (p *Pod) begin(ctx context.Context, role Role) error {
	p.mu.Lock()
	p.begun[role] = true
	p.mu.Unlock()
	if role == Sandbox {
		return p.startAttached(ctx, p.id(role), string(role))
	}
	return p.startContainer(ctx, p.id(role), string(role))
}

// startAttached starts a container that is on the pod's network, when no other joins or leaves it.
func (p *Pod) startAttached(ctx context.Context, id, name string) error {
	p.attaching.Lock()
	defer p.attaching.Unlock()
	return p.startContainer(ctx, id, name)
}

// startSandbox starts it and learns the pod's address.
func (p *Pod) startSandbox(ctx context.Context) error {
	if p.pidRole() == Sandbox {
		holder, hello, err := p.converse(ctx, Sandbox)
		if err != nil {
			return err
		}
		p.keep(Holder, holder)
		p.bounded(hello.Max)
	} else if err := p.begin(ctx, Sandbox); err != nil {
		return err
	}
	got, err := p.inspectContainer(ctx, p.id(Sandbox))
	if err != nil {
		return err
	}
	for _, endpoint := range got.NetworkSettings.Networks {
		p.address = endpoint.IPAddress.String()
	}
	if p.address == "" {
		return fmt.Errorf("the sandbox has no address on the pod's network")
	}
	return nil
}

// nothingPublished makes sure that no container of the pod can be reached from outside of its network.
func (p *Pod) nothingPublished(ctx context.Context) error {
	for name, id := range p.Names() {
		got, err := p.inspectContainer(ctx, id)
		if err != nil {
			return err
		}
		if got.NetworkSettings == nil {
			continue
		}
		for port, bindings := range got.NetworkSettings.Ports {
			if len(bindings) > 0 {
				return fmt.Errorf("port %s of the %s is published on the host, which must not be", port, name)
			}
		}
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
