package pod

import (
	"context"

	"github.com/moby/moby/api/types/container"

	"stalemate/reports/record/wire"
)

// startWitness creates and starts the witness. It sees the sandbox's IPC namespace, and the volumes and surviving tmpfs mounts
// under the target's paths. It also runs while no incarnation is up. It is root, with only what Spec.Access adds.
func (p *Pod) startWitness(ctx context.Context) error {
	host := p.helperHostConfig()
	host.CapAdd = p.spec.Access.capabilities()
	host.NetworkMode = p.withoutEndpoint()
	host.Mounts = p.witnessMounts()
	if p.ipcRole() == Sandbox {
		host.IpcMode = container.IpcMode("container:" + p.id(Sandbox))
	}
	config := p.answeringConfig(wire.CommandLook)
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
	p.setConversation(Witness, witness)
	return nil
}
