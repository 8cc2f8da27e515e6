package pod

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"stalemate/containers/engine"
	"stalemate/reports/record"
)

// startWithin bounds Start. It takes half a second for one pod, and some seconds where 16 start at once.
const startWithin = 2 * time.Minute

// Start creates the pod, and starts everything except the holder, the target and the inspector: Up starts those. If Start
// fails, it removes what it created.
func Start(ctx context.Context, e *engine.Engine, spec Spec, emit func(record.Event)) (*Pod, error) {
	started := time.Now()
	if err := spec.complete(); err != nil {
		return nil, fmt.Errorf("pod %s: %w", spec.Name, err)
	}
	if emit == nil {
		emit = func(record.Event) {}
	}
	p := &Pod{
		spec: spec, engine: e, emit: emit, ids: map[Role]string{}, services: map[string]string{},
		conversations: map[Role]*conversation{}, started: map[Role]bool{},
	}
	within, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	err := p.start(within)
	if err != nil && strings.Contains(err.Error(), "docker-init") {
		// The engine has no docker-init. The helper containers then run without one. The holder reaps orphans itself.
		p.noInit = true
		if err = p.Close(ctx); err == nil {
			err = p.start(within)
		}
	}
	if err != nil {
		err = fmt.Errorf("start pod %s: %w", spec.Name, err)
		p.event(record.PodFailed, func(e *record.Event) { e.Note = err.Error() })
		return nil, errors.Join(err, p.Close(ctx))
	}
	p.event(record.PodStarted, func(e *record.Event) {
		e.PodInfo = &record.PodInfo{
			Address:      p.Address(),
			RestartAs:    spec.RestartAs,
			Capabilities: p.capabilities(),
			Resources:    spec.Resources.Texts(),
			Took:         time.Since(started).Seconds(),
		}
	})
	return p, nil
}

func (p *Pod) start(ctx context.Context) error {
	if err := p.createNetwork(ctx); err != nil {
		return err
	}
	if err := p.createVolumes(ctx); err != nil {
		return err
	}
	joined := make(chan struct{}) // closed when sandbox and holder exist: others can be created to join them
	group, all := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := p.createSandbox(all); err != nil {
			return err
		}
		if p.pidRole() == Holder {
			if err := p.createHolder(all); err != nil {
				return err
			}
		}
		close(joined)
		if err := p.startSandbox(all); err != nil {
			return err
		}
		if slices.Contains(p.spec.Roles, Witness) {
			return p.startWitness(all)
		}
		return nil
	})
	group.Go(func() error {
		select {
		case <-joined:
		case <-all.Done():
			return all.Err()
		}
		if err := p.createTarget(all); err != nil {
			return err
		}
		return p.createInspector(all)
	})
	group.Go(func() error { return p.NewAttacker(all) })
	for _, service := range p.spec.Services {
		group.Go(func() error { return p.startService(all, service) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	// The sandbox mounts the tmpfs volumes. Without it they would lose the files.
	if err := p.CopyTo(ctx, p.spec.Files); err != nil {
		return err
	}
	return p.checkNothingPublished(ctx)
}

// checkNothingPublished fails if a container of the pod can be reached from outside the pod's network.
func (p *Pod) checkNothingPublished(ctx context.Context) error {
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
				return fmt.Errorf("port %s of the %s is published on the host: a pod must not publish a port", port, name)
			}
		}
	}
	return nil
}

// capabilities lists what containers have in addition to the default.
func (p *Pod) capabilities() []string {
	out := []string{"inspector:SYS_PTRACE"}
	for _, c := range p.spec.Access.capabilities() {
		out = append(out, "inspector:"+c)
		if slices.Contains(p.spec.Roles, Witness) {
			out = append(out, "witness:"+c)
		}
	}
	for _, c := range p.spec.Capabilities {
		out = append(out, "target:"+c)
	}
	return out
}
