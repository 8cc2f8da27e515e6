// The attacker uses moby's raw client: testcontainers-go (v0.45) can neither disconnect a container from a network nor send
// it a signal.

package pod

import (
	"context"
	"fmt"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"stalemate/reports/record/wire"
)

// NewAttacker starts another attacker with a new address. From now on the role Attacker means this one. Earlier attackers
// keep running.
func (p *Pod) NewAttacker(ctx context.Context) error {
	p.mu.Lock()
	p.attackers++
	name := "attacker"
	if p.attackers > 1 {
		name = fmt.Sprintf("attacker-%d", p.attackers)
	}
	p.mu.Unlock()
	host := p.helperHostConfig()
	host.NetworkMode = container.NetworkMode(p.network)
	config := &container.Config{Image: p.spec.Helper, Cmd: wire.CommandPause.Argv(), Hostname: name}
	id, err := p.create(ctx, Attacker, name, config, host, p.podNetwork(name))
	if err != nil {
		return err
	}
	if err := p.startAttached(ctx, id, name); err != nil {
		return err
	}
	p.setID(Attacker, id)
	return nil
}

// Vanish disconnects the attacker from the network, kills it, and removes it. So no FIN and no RST of its connections reaches the
// target.
func (p *Pod) Vanish(ctx context.Context) error {
	id := p.id(Attacker)
	p.changingNetwork.Lock()
	defer p.changingNetwork.Unlock()
	// Both steps must happen: an attacker without a network that still runs is of no use.
	ctx, cancel, err := uninterrupted(ctx)
	if err != nil {
		return fmt.Errorf("disconnect and kill the attacker: %w", err)
	}
	defer cancel()
	_, err = p.engine.Client().NetworkDisconnect(ctx, p.network, client.NetworkDisconnectOptions{Container: id, Force: true})
	if err != nil {
		return fmt.Errorf("disconnect the attacker from the network: %w", err)
	}
	if _, err := p.engine.Client().ContainerKill(ctx, id, client.ContainerKillOptions{Signal: "KILL"}); err != nil {
		return fmt.Errorf("kill the attacker: %w", err)
	}
	return p.removeContainer(ctx, id) // one that has ended and is there was stopped by the engine: see engine.Stopping
}
