package campaign

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
	"stalemate/fixtures"
	"stalemate/reports/record"
)

// preload builds what is to run in the target's place: its own image with one library more.
func (c *Campaign) preload(ctx context.Context, t *fixtures.Target, own record.Image) (record.Image, error) {
	base, err := c.Images.Base(ctx)
	if err != nil {
		return record.Image{}, err
	}
	args := map[string]string{"BASE": own.ID, "TOOLS": base.ID}
	made, err := c.Images.Target(ctx, image.Source{Build: t.Inject.Preload, Args: args, Platform: t.Platform})
	if err != nil {
		return record.Image{}, fmt.Errorf("the image with the preloaded library of target %s: %w", t.Name, err)
	}
	return made, nil
}

// injectWithin bounds the change of one target's live processes; each takes milliseconds.
const injectWithin = 15 * time.Second

// inject says what was injected before the start, and changes the live processes where that is declared.
func (r *unitRun) inject(ctx context.Context) error {
	i := r.unit.Target.Inject
	if i == nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(i.Env)) {
		r.emit(record.Event{Kind: record.Injected, Note: fmt.Sprintf("environment: %s=%s", name, i.Env[name])})
	}
	if i.Preload != "" {
		r.emit(record.Event{Kind: record.Injected, Note: "a preloaded library, built from the folder " + filepath.Base(i.Preload) + " on the target's own image"})
	}
	if i.Ptrace == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, injectWithin)
	defer cancel()
	return r.injectByPtrace(ctx)
}

// injectByPtrace sets SA_RESTART on SIGALRM in every process of the target that has a handler for it.
func (r *unitRun) injectByPtrace(ctx context.Context) error {
	answers := make(chan record.Event, 1024)
	inspector := say(ctx, r.pod, pod.Inspector, "inspect", func(e record.Event) { answers <- e })
	defer inspector.end()
	next := func() (record.Event, error) {
		select {
		case e := <-answers:
			return e, nil
		case err := <-inspector.over:
			return record.Event{}, ended(err)
		case <-ctx.Done():
			return record.Event{}, ctx.Err()
		}
	}
	if err := inspector.send(inspect.Command{Workers: &inspect.Workers{Main: r.pod.Incarnation().PID}}); err != nil {
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
		if err := inspector.send(inspect.Command{Inject: &inspect.Inject{PID: w.PID, Signal: "ALRM", Restart: &set}}); err != nil {
			return err
		}
		e, err := next()
		if err != nil {
			return fmt.Errorf("process %d: %w", w.PID, err)
		}
		if e.Error != "" {
			r.emit(record.Event{Kind: record.Observed, Note: fmt.Sprintf("not injected into process %d", w.PID), Error: e.Error})
			continue
		}
		done++
		if first == "" {
			first = e.Note
		}
		r.emit(record.Event{Kind: record.Observed, Note: e.Note})
	}
	if done == 0 {
		return fmt.Errorf("none of the %d processes and threads of target %s has a handler for SIGALRM that could be changed", len(list.Workers), r.unit.Target.Name)
	}
	r.emit(record.Event{Kind: record.Injected, Note: fmt.Sprintf("in %d live processes: the first: %s", done, first)})
	return nil
}
