package pod

import (
	"context"
	"fmt"
	"maps"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// ours is the host configuration of a container of ours: no capability, no way to get one, nothing writable.
func (p *Pod) ours() *container.HostConfig {
	init := !p.noInit
	return &container.HostConfig{
		CapDrop:        []string{"ALL"},
		SecurityOpt:    []string{"no-new-privileges"},
		ReadonlyRootfs: true,
		Init:           &init,
	}
}

// toTheEnd is the context of a call that makes something: the engine finishes what it has begun also when nobody waits
// any more, and that may be after everything of the pod was removed. So a ctx that is over keeps the call from
// beginning, and one that ends meanwhile does not end it.
func toTheEnd(ctx context.Context) (context.Context, context.CancelFunc, error) {
	if ctx.Err() != nil {
		return nil, nil, context.Cause(ctx)
	}
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), callWithin)
	return within, cancel, nil
}

// create makes a container under its role's name.
func (p *Pod) create(ctx context.Context, role Role, name string, config *container.Config, host *container.HostConfig, net *network.NetworkingConfig) (string, error) {
	ctx, cancel, err := toTheEnd(ctx)
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

// attach is the pod's network, with names for the container on it.
func (p *Pod) attach(names ...string) *network.NetworkingConfig {
	return &network.NetworkingConfig{EndpointsConfig: map[string]*network.EndpointSettings{
		p.name("net"): {NetworkID: p.network, Aliases: names},
	}}
}

func (p *Pod) createSandbox(ctx context.Context) error {
	host := p.ours()
	ipc, net := splitSysctls(p.spec.Sysctls)
	host.NetworkMode = container.NetworkMode(p.network)
	host.Sysctls = net
	host.Mounts = p.sandboxMounts()
	if p.ipcRole() == Sandbox {
		host.IpcMode = "shareable"
		host.ShmSize = p.spec.ShmSize
		maps.Copy(host.Sysctls, ipc)
	}
	config := &container.Config{Image: p.spec.Helper, Cmd: []string{"pod", "pause"}, Hostname: p.spec.Hostname}
	if p.pidRole() == Sandbox {
		config = p.answering("keep")
		config.Hostname = p.spec.Hostname
		// It stays when the conversation ends: what leaves the network by itself may do so while another container is
		// taken off it, and Engine 20.10 can lock up then (see Engine.Remove).
		config.StdinOnce = false
	}
	id, err := p.create(ctx, Sandbox, "sandbox", config, host, p.attach("target"))
	if err != nil {
		return err
	}
	p.setID(Sandbox, id)
	return nil
}

// withoutEndpoint is the network mode of every container that comes and goes with an incarnation, or needs no network: it
// joins the sandbox's namespace, and so neither joins nor leaves a network. The mode "none" would: that is one
// network for the whole engine, and two pods that leave it at the same moment can lock Engine 20.10 up (see
// Engine.Remove). The sandbox must exist before such a container is made, and run before it is started.
func (p *Pod) withoutEndpoint() container.NetworkMode {
	return container.NetworkMode("container:" + p.id(Sandbox))
}

// ipcRole is the container that holds the target's IPC namespace: what survives an incarnation survives with it.
func (p *Pod) ipcRole() Role {
	switch p.spec.RestartAs {
	case Docker:
		return p.pidRole()
	case Bare:
		return Target
	}
	return Sandbox
}

func (p *Pod) createHolder(ctx context.Context) error {
	host := p.ours()
	host.NetworkMode = p.withoutEndpoint()
	if p.ipcRole() == Holder {
		host.IpcMode = "shareable"
		host.ShmSize = p.spec.ShmSize
		host.Sysctls, _ = splitSysctls(p.spec.Sysctls)
	}
	id, err := p.create(ctx, Holder, "holder", p.answering("keep"), host, nil)
	if err != nil {
		return err
	}
	p.setID(Holder, id)
	return nil
}

// answering is the configuration of a container which is spoken to over its input and ends with it.
func (p *Pod) answering(command string) *container.Config {
	return &container.Config{
		Image: p.spec.Helper, Cmd: []string{"pod", command},
		OpenStdin: true, StdinOnce: true, AttachStdin: true, AttachStdout: true, AttachStderr: true,
	}
}

// createInspector makes the container that looks into the target. It is root, since the
// engine gives a capability to no other user at once, and has SYS_PTRACE alone.
func (p *Pod) createInspector(ctx context.Context) error {
	host := p.ours()
	host.CapAdd = []string{"SYS_PTRACE"}
	host.NetworkMode = p.withoutEndpoint()
	host.IpcMode = container.IpcMode("container:" + p.id(p.ipcRole()))
	host.PidMode = container.PidMode("container:" + p.id(p.pidRole()))
	config := p.answering("look")
	config.User = "0"
	id, err := p.create(ctx, Inspector, "inspector", config, host, nil)
	if err != nil {
		return err
	}
	p.setID(Inspector, id)
	return nil
}

// startWitness makes the container that sees what outlives incarnations, and starts it.
func (p *Pod) startWitness(ctx context.Context) error {
	host := p.ours()
	host.NetworkMode = p.withoutEndpoint()
	host.Mounts = p.mounts()
	if p.ipcRole() == Sandbox {
		host.IpcMode = container.IpcMode("container:" + p.id(Sandbox))
	}
	config := p.answering("look")
	config.User = "0"
	id, err := p.create(ctx, Witness, "witness", config, host, nil)
	if err != nil {
		return err
	}
	p.setID(Witness, id)
	witness, _, err := p.converse(ctx, Witness)
	if err != nil {
		return err
	}
	p.keep(Witness, witness)
	return nil
}

// pidRole is the container that holds the target's PID namespace.
func (p *Pod) pidRole() Role {
	if p.spec.RestartAs == Bare {
		return Target
	}
	if p.spec.Lives == Single {
		return Sandbox
	}
	return Holder
}

// createTarget makes the target's container and does not start it.
func (p *Pod) createTarget(ctx context.Context) error {
	ctx, cancel, err := toTheEnd(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	request := testcontainers.ContainerRequest{
		Image: p.spec.Image, ImagePlatform: p.spec.Platform, Name: p.name("target"),
		Entrypoint: p.spec.Entrypoint, Cmd: p.spec.Command, Env: p.spec.Env, Labels: p.labels(Target),
		ConfigModifier: func(c *container.Config) { c.User = p.spec.User },
		HostConfigModifier: func(host *container.HostConfig) {
			host.CapAdd = p.spec.Capabilities
			host.ReadonlyRootfs = p.spec.ReadOnly
			host.Mounts = p.mounts()
			host.NetworkMode = p.withoutEndpoint()
			host.Tmpfs = maps.Clone(p.spec.OwnTmpfs)
			if !p.tmpfsSurvives() {
				if host.Tmpfs == nil {
					host.Tmpfs = map[string]string{}
				}
				maps.Copy(host.Tmpfs, p.spec.Tmpfs)
			}
			if p.spec.RestartAs == Bare {
				host.IpcMode = "shareable"
				host.ShmSize = p.spec.ShmSize
				host.Sysctls, _ = splitSysctls(p.spec.Sysctls)
				host.Init = new(bool) // the server itself is to be PID 1, also where the engine's default is an init
				return
			}
			host.PidMode = container.PidMode("container:" + p.id(p.pidRole()))
			host.IpcMode = container.IpcMode("container:" + p.id(p.ipcRole()))
		},
	}
	got, err := p.engine.Provider().CreateContainer(ctx, request)
	if err != nil {
		return fmt.Errorf("create the target from %s: %w", p.spec.Image, err)
	}
	p.setID(Target, got.GetContainerID())
	return nil
}

// startService brings a service up.
func (p *Pod) startService(ctx context.Context, service Service) error {
	var env []string
	for name, value := range service.Env {
		env = append(env, name+"="+value)
	}
	config := &container.Config{
		Image: service.Image, Entrypoint: service.Entrypoint, Cmd: service.Command, Env: env,
		User: service.User, Hostname: service.Name,
	}
	host := &container.HostConfig{NetworkMode: container.NetworkMode(p.network)}
	name := "service-" + service.Name
	id, err := p.create(ctx, Role("service"), name, config, host, p.attach(service.Name))
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.services[service.Name] = id
	p.mu.Unlock()
	if err := p.copyTo(ctx, id, service.Files); err != nil {
		return fmt.Errorf("service %s: %w", service.Name, err)
	}
	return p.startAttached(ctx, id, name)
}

// capabilities lists what containers got beyond the default.
func (p *Pod) capabilities() []string {
	out := []string{"inspector:SYS_PTRACE"}
	for _, c := range p.spec.Capabilities {
		out = append(out, "target:"+c)
	}
	return out
}
