package campaign

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"

	"stalemate/attackers"
	"stalemate/containers/image"
	"stalemate/containers/pod"
	"stalemate/fixtures"
	"stalemate/reports/record"
)

// podImages are the references of what one pod is started from.
type podImages struct {
	target   string
	helper   string
	services map[string]string // by the service's name
}

// of gives everything that a target's pod is started from, or why there is none.
func (i *images) of(ctx context.Context, t *fixtures.Target) (podImages, error) {
	var all podImages
	target, err := i.target(ctx, t)
	if err != nil {
		return all, err
	}
	all.target, all.services = target.Ref, map[string]string{}
	if all.helper, err = i.helper(ctx); err != nil {
		return all, err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	var faults []error
	for _, s := range t.Services {
		m := i.targets[serviceKey(t, s)]
		if m.err != nil {
			faults = append(faults, fmt.Errorf("image of service %s of target %s: %w", s.Name, t.Name, m.err))
		}
		all.services[s.Name] = m.image.Ref
	}
	return all, errors.Join(faults...)
}

// serviceKey cannot be a target's name, which has no space.
func serviceKey(t *fixtures.Target, s fixtures.Service) string { return t.Name + " service " + s.Name }

func (i *images) buildService(ctx context.Context, c *Campaign, t *fixtures.Target, s fixtures.Service) {
	img, err := c.Images.Target(ctx, image.Source{Image: s.Image, Build: s.Build})
	i.keepService(c, t, s, made{img, err})
}

// keepService keeps a service's image for its pods, and records it: another upstream can make another verdict.
func (i *images) keepService(c *Campaign, t *fixtures.Target, s fixtures.Service, m made) {
	if m.err == nil {
		recorded := m.image
		recorded.Service = s.Name
		c.Log.Write(record.Event{Kind: record.ImageReady, Target: t.Name, Image: &recorded})
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.targets[serviceKey(t, s)] = m
}

// servicesReady waits, one after the other, until each service of a target answers.
// It is asked by its name, over the pod's own network.
func servicesReady(ctx context.Context, p *pod.Pod, t *fixtures.Target) error {
	for _, s := range t.Services {
		ask := attackers.ProbeRequest{Address: net.JoinHostPort(s.Name, strconv.Itoa(s.Port)), Proto: "tcp", Within: s.Within}
		if s.Path != "" {
			ask.Proto, ask.Request = "http", attackers.Request{Host: s.Name, Path: s.Path}
		}
		result, err := Probe(ctx, p, ask)
		if err != nil {
			return fmt.Errorf("service %s: %w", s.Name, err)
		}
		if !result.OK {
			said, _ := p.ServiceLogs(ctx, s.Name) // a log that cannot be read adds nothing to the failure
			return fmt.Errorf("service %s of target %s was not ready within %s: port %d: %s (asked %d times); it said: %s",
				s.Name, t.Name, s.Within, s.Port, result.Error, result.Attempts, tail(said, serviceLogTail))
		}
	}
	return nil
}

// serviceLogTail is how much of a service's log stands in a message, in bytes.
const serviceLogTail = 600
