package pod

import (
	"context"
	"fmt"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// NewAttacker starts a fresh attacker, with another address than those before it; Exec with the role
// Attacker means this one from now on. Those before it stay as they are.
func (p *Pod) NewAttacker(ctx context.Context) error {
	p.mu.Lock()
	p.attackers++
	name := "attacker"
	if p.attackers > 1 {
		name = fmt.Sprintf("attacker-%d", p.attackers)
	}
	p.mu.Unlock()
	host := p.ours()
	host.NetworkMode = container.NetworkMode(p.network)
	config := &container.Config{Image: p.spec.Helper, Cmd: []string{"pod", "pause"}, Hostname: name}
	id, err := p.create(ctx, Attacker, name, config, host, p.attach(name))
	if err != nil {
		return err
	}
	if err := p.startAttached(ctx, id, name); err != nil {
		return err
	}
	p.setID(Attacker, id)
	return nil
}

// Vanish takes the attacker off the network and then kills it, so that no FIN and no
// RST of its connections ever reaches the target.
func (p *Pod) Vanish(ctx context.Context) error {
	id := p.id(Attacker)
	p.attaching.Lock()
	defer p.attaching.Unlock()
	// One that is off the network and not killed would be neither here nor gone.
	ctx, cancel, err := toTheEnd(ctx)
	if err != nil {
		return fmt.Errorf("let the attacker vanish: %w", err)
	}
	defer cancel()
	_, err = p.engine.Client().NetworkDisconnect(ctx, p.network, client.NetworkDisconnectOptions{Container: id, Force: true})
	if err != nil {
		return fmt.Errorf("take the attacker off the network: %w", err)
	}
	if _, err := p.engine.Client().ContainerKill(ctx, id, client.ContainerKillOptions{Signal: "KILL"}); err != nil {
		return fmt.Errorf("kill the attacker: %w", err)
	}
	return nil
}
