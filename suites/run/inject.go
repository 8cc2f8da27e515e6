package run

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"stalemate/containers/image"
	"stalemate/containers/inspect"
	"stalemate/containers/pod"
	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// preload builds an image from the target's image and a library that is loaded before all others.
func (e *Execution) preload(ctx context.Context, t *target.Target, targetImage record.Image) (record.Image, error) {
	base, err := e.Images.Base(ctx)
	if err != nil {
		return record.Image{}, err
	}
	args := map[string]string{"BASE": targetImage.ID, "TOOLS": base.ID}
	preloaded, err := e.Images.Target(ctx, image.Source{Build: t.Inject.Preload, Args: args, Platform: t.Platform})
	if err != nil {
		return record.Image{}, fmt.Errorf("the image with the preloaded library of target %s: %w", t.Name, err)
	}
	return preloaded, nil
}

// injectTimeout bounds the changes in the processes of one target. Each change takes milliseconds.
const injectTimeout = 15 * time.Second

// inject logs the faults that the pod was started with, and injects by ptrace those that the file declares for running processes.
func (p *Pod) inject(ctx context.Context) error {
	i := p.Unit.Target.Inject
	if i == nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(i.Env)) {
		p.Emit(record.Event{Kind: record.Injected, Note: fmt.Sprintf("environment: %s=%s", name, i.Env[name])})
	}
	if i.Preload != "" {
		p.Emit(record.Event{Kind: record.Injected, Note: "a preloaded library, built from the folder " + filepath.Base(i.Preload) + " on the target's own image"})
	}
	if i.Ptrace == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, injectTimeout)
	defer cancel()
	return p.injectByPtrace(ctx)
}

// injectByPtrace sets SA_RESTART on SIGALRM in every process of the target that has a handler for it.
func (p *Pod) injectByPtrace(ctx context.Context) error {
	answers := make(chan record.Event, 1024)
	inspector := pod.Talk(ctx, p.Server, pod.Inspector, wire.CommandInspect, func(e record.Event) {
		select {
		case answers <- e:
		case <-ctx.Done():
		}
	})
	defer inspector.End()
	next := func() (record.Event, error) {
		select {
		case e := <-answers:
			return e, nil
		case <-inspector.Done():
			return record.Event{}, inspector.Err()
		case <-ctx.Done():
			return record.Event{}, ctx.Err()
		}
	}
	if err := inspector.Send(inspect.Command{Workers: &inspect.Workers{Main: p.Incarnation().PID}}); err != nil {
		return err
	}
	list, err := next()
	if err != nil || list.Error != "" {
		return errors.Join(err, errors.New("list the processes: "+list.Error))
	}
	set := true
	done, first := 0, ""
	for _, w := range list.Workers {
		if w.TID != w.PID {
			continue
		}
		if err := inspector.Send(inspect.Command{Inject: &inspect.Inject{PID: w.PID, Signal: "ALRM", Restart: &set}}); err != nil {
			return err
		}
		e, err := next()
		if err != nil {
			return fmt.Errorf("process %d: %w", w.PID, err)
		}
		if e.Error != "" {
			p.Emit(record.Event{Kind: record.Observed, Note: fmt.Sprintf("not injected into process %d", w.PID), Error: e.Error})
			continue
		}
		done++
		if first == "" {
			first = e.Note
		}
		p.Emit(record.Event{Kind: record.Observed, Note: e.Note})
	}
	if done == 0 {
		return fmt.Errorf("none of the %d processes and threads of target %s has a handler for SIGALRM that could be changed", len(list.Workers), p.Unit.Target.Name)
	}
	p.Emit(record.Event{Kind: record.Injected, Note: fmt.Sprintf("in %d live processes: the first: %s", done, first)})
	return nil
}
