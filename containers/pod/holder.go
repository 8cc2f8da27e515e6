package pod

import (
	"context"

	"stalemate/reports/record/wire"
)

func (p *Pod) createHolder(ctx context.Context) error {
	host := p.helperHostConfig()
	withoutInit(host)
	host.NetworkMode = p.withoutEndpoint()
	if p.ipcRole() == Holder {
		host.IpcMode = "shareable"
		host.ShmSize = p.spec.ShmSize
		host.Sysctls, _ = splitSysctls(p.spec.Sysctls)
	}
	id, err := p.create(ctx, Holder, "holder", p.answeringConfig(wire.CommandKeep), host, nil)
	if err != nil {
		return err
	}
	p.setID(Holder, id)
	return nil
}

// startHolder opens a fresh PID namespace. cursor is its last PID. In a pod with a single incarnation the sandbox is the holder.
func (p *Pod) startHolder(ctx context.Context) (holder *conversation, cursor int, err error) {
	if p.pidRole() == Sandbox {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.conversations[Holder], 0, nil
	}
	holder, hello, err := p.converse(ctx, Holder)
	if err != nil {
		return nil, 0, err
	}
	p.setConversation(Holder, holder)
	p.setPIDMax(hello.Max)
	return holder, hello.Cursor, nil
}

// PIDMax is pid_max of the last incarnation's PID namespace, 0 if unknown.
func (p *Pod) PIDMax() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pidMax
}

func (p *Pod) setPIDMax(most int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if most > 0 {
		p.pidMax = most
	}
}
