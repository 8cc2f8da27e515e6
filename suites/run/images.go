package run

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"stalemate/containers/image"
	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// images are the images of a run: of each target, each service, and the helper. The run builds or pulls each of them once. A pod
// starts as soon as its images are there, while others are still being built.
type images struct {
	helperRef string
	helperErr error
	built     chan struct{} // closed when no further image comes

	mu      sync.Mutex
	targets map[string]builtImage // by the target's name, or serviceKey
	known   map[string]bool       // names of targets whose images are all there, or have failed
	changed chan struct{}         // closed, and replaced, when known grows
}

func newImages() *images {
	return &images{built: make(chan struct{}), targets: map[string]builtImage{}, known: map[string]bool{}, changed: make(chan struct{})}
}

// builtImage is an image, or why there is none.
type builtImage struct {
	image record.Image
	err   error
}

// maxBuilds is how many images are pulled, packed or checked at the same time. The engine itself builds one image at a time, see
// image.Store.
const maxBuilds = 2

// buildImages begins to build or pull the images of the helper, of all targets and of their services. It returns when the
// helper's image is there. An image that fails makes the cells of its target inconclusive, and does not stop the run.
func (e *Execution) buildImages(ctx context.Context) *images {
	all := newImages()
	all.helperRef, all.helperErr = e.Images.Helper(ctx)
	groups := make(chan []*target.Target)
	go func() {
		defer close(groups)
		for _, group := range groupBySource(inOrderOfUse(e.Plan)) {
			groups <- group
		}
	}()
	var builders sync.WaitGroup
	for range maxBuilds {
		builders.Go(func() {
			for group := range groups {
				all.build(ctx, e, group)
			}
		})
	}
	go func() {
		defer close(all.built)
		builders.Wait()
	}()
	return all
}

// inOrderOfUse are the plan's targets in the order in which a run without images is fastest: those of the batches in the order of
// the batches, since their holds wait, and then those that only the startup suite needs.
func inOrderOfUse(p *plan.Plan) []*target.Target {
	var all []*target.Target
	for _, b := range p.Batches {
		for _, u := range b.Units {
			all = append(all, u.Target)
		}
	}
	all = append(all, p.Targets...)
	seen := map[*target.Target]bool{}
	return slices.DeleteFunc(all, func(t *target.Target) bool {
		defer func() { seen[t] = true }()
		return seen[t]
	})
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
		i.tell(t)
	}
}

// tell says that all images of a target are there, or have failed.
func (i *images) tell(t *target.Target) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.known[t.Name] = true
	close(i.changed)
	i.changed = make(chan struct{})
}

// await waits until the images of one of the targets are known, and returns the indices of all targets for which they are. When
// the run is cancelled, the builds fail, so that it always returns.
func (i *images) await(targets []*target.Target) []int {
	for {
		i.mu.Lock()
		var known []int
		for index, t := range targets {
			if i.known[t.Name] {
				known = append(known, index)
			}
		}
		changed := i.changed
		i.mu.Unlock()
		if len(known) > 0 || len(targets) == 0 {
			return known
		}
		<-changed
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
