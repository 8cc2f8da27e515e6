package run

import (
	"context"
	"fmt"
	"sync"

	"stalemate/containers/image"
	"stalemate/fixtures/target"
	"stalemate/reports/record"
)

// images are the images of a run: of each target, each service, and the helper. The run builds or pulls each of them once,
// before the first batch.
type images struct {
	mu        sync.Mutex
	targets   map[string]builtImage // by the target's name, or serviceKey
	helperRef string
	helperErr error
}

// builtImage is an image, or why there is none.
type builtImage struct {
	image record.Image
	err   error
}

// maxBuilds is how many images are pulled, packed or checked at the same time. The engine itself builds one image at a time, see
// image.Store.
const maxBuilds = 2

// buildImages builds or pulls the images of the helper, of all targets and of their services. An image that fails makes the
// cells of its target inconclusive, and does not stop the run.
func (e *Execution) buildImages(ctx context.Context) *images {
	built := &images{targets: map[string]builtImage{}}
	built.helperRef, built.helperErr = e.Images.Helper(ctx)
	slots := make(chan struct{}, maxBuilds)
	var builds sync.WaitGroup
	for _, group := range groupBySource(e.Plan.Targets) {
		builds.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			built.build(ctx, e, group)
		})
	}
	builds.Wait()
	return built
}

// groupBySource groups the targets that have one image, in their order. A group takes one build slot, and a build that fails is
// tried once.
func groupBySource(targets []*target.Target) [][]*target.Target {
	var groups [][]*target.Target
	index := map[string]int{}
	for _, t := range targets {
		key := fmt.Sprint(t.Image, "\n", t.Build, "\n", t.BuildArgs, "\n", t.Platform)
		i, known := index[key]
		if !known {
			i, index[key] = len(groups), len(groups)
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], t)
	}
	return groups
}

// build builds or pulls the image of a group, and the images that a single target needs: a preloaded library, services.
func (i *images) build(ctx context.Context, e *Execution, group []*target.Target) {
	first := group[0]
	source := image.Source{Image: first.Image, Build: first.Build, Args: first.BuildArgs, Platform: first.Platform}
	if first.Image == target.HelperImage {
		source.Image = i.helperRef
	}
	shared, err := e.Images.Target(ctx, source)
	for _, t := range group {
		img, err := shared, err
		if err == nil {
			e.Log.Write(record.Event{Kind: record.ImageReady, Target: t.Name, Image: &img})
		}
		if err == nil && t.Inject != nil && t.Inject.Preload != "" {
			if img, err = e.preload(ctx, t, img); err == nil {
				e.Log.Write(record.Event{Kind: record.ImageReady, Target: t.Name, Image: &img})
			}
		}
		if err != nil {
			e.Log.Write(record.Event{Kind: record.ImageFailed, Target: t.Name, Note: err.Error()})
		}
		i.mu.Lock()
		i.targets[t.Name] = builtImage{img, err}
		i.mu.Unlock()
		for _, s := range t.Services {
			i.buildServiceImage(ctx, e, t, s)
		}
	}
}

// target is a target's image, or the error why there is none.
func (i *images) target(t *target.Target) (record.Image, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	m := i.targets[t.Name]
	if m.err != nil {
		return m.image, fmt.Errorf("image of target %s: %w", t.Name, m.err)
	}
	return m.image, nil
}

// helper is the reference of the image of stalemate's helper.
func (i *images) helper() (string, error) {
	if i.helperErr != nil {
		return "", fmt.Errorf("image of the helper: %w", i.helperErr)
	}
	return i.helperRef, nil
}
