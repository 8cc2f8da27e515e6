package run

import (
	"context"
	"errors"
	"fmt"

	"stalemate/containers/image"
	"stalemate/fixtures/target"
	"stalemate/reports/record"
)

// podImages are the references of the images of one pod.
type podImages struct {
	target   string
	helper   string
	services map[string]string // by name of the service
}

// forPod returns the images of a target's pod, or an error if one of them is missing.
func (i *images) forPod(t *target.Target) (podImages, error) {
	var all podImages
	image, err := i.target(t)
	if err != nil {
		return all, err
	}
	all.target, all.services = image.Ref, map[string]string{}
	if all.helper, err = i.helper(); err != nil {
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

// serviceKey is the key of a service's image. It is no target's name, because names have no spaces.
func serviceKey(t *target.Target, s target.Service) string { return t.Name + " service " + s.Name }

func (i *images) buildServiceImage(ctx context.Context, e *Execution, t *target.Target, s target.Service) {
	img, err := e.Images.Target(ctx, image.Source{Image: s.Image, Build: s.Build})
	i.keepServiceImage(e, t, s, builtImage{img, err})
}

// keepServiceImage stores a service's image, and logs it, because a verdict can depend on the service.
func (i *images) keepServiceImage(e *Execution, t *target.Target, s target.Service, m builtImage) {
	if m.err == nil {
		recorded := m.image
		recorded.Service = s.Name
		e.Log.Write(record.Event{Kind: record.ImageReady, Target: t.Name, Image: &recorded})
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.targets[serviceKey(t, s)] = m
}
