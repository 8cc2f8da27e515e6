package pod

import (
	"context"
	"fmt"
	"maps"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"stalemate/reports/record/wire"
)

func (p *Pod) createSandbox(ctx context.Context) error {
	host := p.helperHostConfig()
	ipc, net := splitSysctls(p.spec.Sysctls)
	host.NetworkMode = container.NetworkMode(p.network)
	host.Sysctls = net
	host.Mounts = p.sandboxMounts()
	if p.ipcRole() == Sandbox {
		host.IpcMode = "shareable"
		host.ShmSize = p.spec.ShmSize
		maps.Copy(host.Sysctls, ipc)
	}
	config := &container.Config{Image: p.spec.Helper, Cmd: wire.CommandPause.Argv(), Hostname: p.spec.Hostname}
	if p.pidRole() == Sandbox {
		withoutInit(host)
		config = p.answeringConfig(wire.CommandKeep)
		config.Hostname = p.spec.Hostname
		// The sandbox must not end with the conversation. It would leave the network, perhaps at the same time as another
		// container, and Engine 20.10 can deadlock then (see engine.removeContainers).
		config.StdinOnce = false
	}
	id, err := p.create(ctx, Sandbox, "sandbox", config, host, p.podNetwork("target"))
	if err != nil {
		return err
	}
	p.setID(Sandbox, id)
	return nil
}

// renewSandbox starts the sandbox again while the target is down, with new namespaces. The kernel removes what lives in the old
// ones: TIME_WAIT sockets, which stop a server without SO_REUSEADDR for a minute, IPC objects, and unmounted tmpfs volumes. For
// that no container may be left in them or mount the volumes, so the witness ends too. Its next question starts it.
func (p *Pod) renewSandbox(ctx context.Context) error {
	if p.pidRole() == Sandbox {
		return ErrSingle
	}
	ctx, cancel := context.WithTimeout(ctx, endWithin)
	defer cancel()
	if p.id(Witness) != "" {
		p.setConversation(Witness, nil) // it ends with its conversation
		if err := p.waitForEnd(ctx, Witness); err != nil {
			return err
		}
	}
	if err := p.killSandbox(ctx); err != nil {
		return err
	}
	return p.startSandbox(ctx)
}

// killSandbox ends the sandbox, and so leaves the network: see changingNetwork.
func (p *Pod) killSandbox(ctx context.Context) error {
	p.changingNetwork.Lock()
	defer p.changingNetwork.Unlock()
	_, err := p.engine.Client().ContainerKill(ctx, p.id(Sandbox), client.ContainerKillOptions{Signal: "KILL"})
	if err != nil && !cerrdefs.IsConflict(err) {
		return fmt.Errorf("kill the sandbox: %w", err)
	}
	return p.waitForEnd(ctx, Sandbox)
}

// startSandbox starts the sandbox and reads the pod's address.
func (p *Pod) startSandbox(ctx context.Context) error {
	if p.pidRole() == Sandbox {
		holder, hello, err := p.converse(ctx, Sandbox)
		if err != nil {
			return err
		}
		p.setConversation(Holder, holder)
		p.setPIDMax(hello.Max)
	} else if err := p.startRole(ctx, Sandbox); err != nil {
		return err
	}
	got, err := p.inspectContainer(ctx, p.id(Sandbox))
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.address = ""
	for _, endpoint := range got.NetworkSettings.Networks {
		p.address = endpoint.IPAddress.String()
	}
	if p.address == "" {
		return fmt.Errorf("the sandbox has no address on the pod's network")
	}
	return nil
}
