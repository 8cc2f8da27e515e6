package pod

import (
	"context"
	"fmt"
	"maps"

	"github.com/moby/moby/api/types/container"
	"github.com/testcontainers/testcontainers-go"
)

// createTarget creates the target's container through testcontainers-go, which publishes no port of a container that joins
// another's network namespace. container.go says why the pod's other containers are created with the raw client.
func (p *Pod) createTarget(ctx context.Context) error {
	ctx, cancel, err := uninterrupted(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	request := testcontainers.ContainerRequest{
		Image: p.spec.Image, ImagePlatform: p.spec.Platform, Name: p.name("target"),
		Entrypoint: p.spec.Entrypoint, Cmd: p.spec.Command, Env: p.spec.Env, Labels: p.labels(Target),
		ConfigModifier: func(c *container.Config) {
			c.User = p.spec.User
			if p.spec.HealthCheck == NoHealthCheck {
				c.Healthcheck = &container.HealthConfig{Test: []string{"NONE"}}
			}
		},
		HostConfigModifier: func(host *container.HostConfig) {
			host.CapAdd, host.CapDrop = p.spec.Capabilities, dropped(p.spec.Capabilities)
			p.spec.Resources.bind(host)
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
				host.Init = new(bool) // the server must be PID 1, also if the engine starts an init by default
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
	p.mu.Lock()
	p.volumesFilled = true
	p.mu.Unlock()
	return nil
}

// Fresh makes a pod whose target is down as new. The target's container is another one, with the image and the pod's files only.
// Network and IPC namespace are other ones, so no connection is left in TIME_WAIT, and no IPC object. Surviving tmpfs mounts are
// empty, and volumes have what the image has there. The address may be another one.
func (p *Pod) Fresh(ctx context.Context) error {
	p.mu.Lock()
	up := p.up
	p.since = ""
	p.mu.Unlock()
	if up {
		return fmt.Errorf("pod %s: %w", p.spec.Name, ErrUp)
	}
	if err := p.renewSandbox(ctx); err != nil {
		return fmt.Errorf("pod %s: renew its namespaces: %w", p.spec.Name, err)
	}
	if err := p.removeContainer(ctx, p.id(Target)); err != nil {
		return err
	}
	if err := p.renewVolumes(ctx); err != nil {
		return fmt.Errorf("pod %s: %w", p.spec.Name, err)
	}
	return p.anotherTarget(ctx)
}

// freshTarget replaces the target's container. Its layer is lost, and what is in volumes that the image declares.
func (p *Pod) freshTarget(ctx context.Context) error {
	if err := p.removeContainer(ctx, p.id(Target)); err != nil {
		return err
	}
	return p.anotherTarget(ctx)
}

// anotherTarget creates the target's container where the former one was removed.
func (p *Pod) anotherTarget(ctx context.Context) error {
	if err := p.createTarget(ctx); err != nil {
		return err
	}
	if p.pidRole() == Target {
		// The old inspector would join the namespaces of the removed container.
		if err := p.removeContainer(ctx, p.id(Inspector)); err != nil {
			return err
		}
		if err := p.createInspector(ctx); err != nil {
			return err
		}
	}
	return p.CopyTo(ctx, p.spec.Files)
}
