package pod

import (
	"context"

	"github.com/moby/moby/api/types/container"

	"stalemate/reports/record/wire"
)

// createInspector creates the container that looks into the target, with SYS_PTRACE and what Spec.Access adds. It runs as root,
// because the engine makes a capability effective for root only.
func (p *Pod) createInspector(ctx context.Context) error {
	host := p.helperHostConfig()
	host.CapAdd = append([]string{"SYS_PTRACE"}, p.spec.Access.capabilities()...)
	host.NetworkMode = p.withoutEndpoint()
	host.IpcMode = container.IpcMode("container:" + p.id(p.ipcRole()))
	host.PidMode = container.PidMode("container:" + p.id(p.pidRole()))
	config := p.answeringConfig(wire.CommandLook)
	config.User = "0"
	id, err := p.create(ctx, Inspector, "inspector", config, host, nil)
	if err != nil {
		return err
	}
	p.setID(Inspector, id)
	return nil
}

// inspectorWaits says whether the first question starts the inspector.
func (p *Pod) inspectorWaits() bool {
	return p.spec.Inspector == WhenAsked && p.pidRole() != Sandbox
}
