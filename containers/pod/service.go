package pod

import (
	"context"
	"fmt"

	"github.com/moby/moby/api/types/container"
)

func (p *Pod) startService(ctx context.Context, service Service) error {
	var env []string
	for name, value := range service.Env {
		env = append(env, name+"="+value)
	}
	config := &container.Config{
		Image: service.Image, Entrypoint: service.Entrypoint, Cmd: service.Command, Env: env,
		User: service.User, Hostname: service.Name,
	}
	host := &container.HostConfig{NetworkMode: container.NetworkMode(p.network), CapDrop: dropped(nil)}
	service.Resources.Complete().bind(host)
	name := "service-" + service.Name
	id, err := p.create(ctx, Role("service"), name, config, host, p.podNetwork(service.Name))
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
