package campaign

import (
	"context"
	"fmt"
	"sync"

	"stalemate/containers/image"
	"stalemate/fixtures"
	"stalemate/reports/record"
)

// images are those of a campaign, each being made once, before the first wave.
type images struct {
	mu      sync.Mutex
	targets map[string]made // by target name, or by target and service
	ref     string          // the helper's
	err     error
}

type made struct {
	image record.Image
	err   error
}

// buildsAtOnce bounds what is made at the same time: pulls, packing, checks. The engine builds one image at a time
// all the same, see image.Store.
const buildsAtOnce = 2

// buildAll makes the helper's image and those of all targets. What fails is kept
// for whoever asks.
func (c *Campaign) buildAll(ctx context.Context) *images {
	made := &images{targets: map[string]made{}}
	made.ref, made.err = c.Images.Helper(ctx)
	places := make(chan struct{}, buildsAtOnce)
	var all sync.WaitGroup
	for _, group := range bySource(c.Plan.Targets) {
		all.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			made.build(ctx, c, group)
		})
	}
	all.Wait()
	return made
}

// bySource groups targets that are made from the same, in their order: such a group
// takes one place among the builds, and a build that fails is tried once.
func bySource(targets []*fixtures.Target) [][]*fixtures.Target {
	var groups [][]*fixtures.Target
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

// build makes the image of a group, and what each target of it has beside.
func (i *images) build(ctx context.Context, c *Campaign, group []*fixtures.Target) {
	first := group[0]
	source := image.Source{Image: first.Image, Build: first.Build, Args: first.BuildArgs, Platform: first.Platform}
	if first.Image == fixtures.HelperImage {
		source.Image = i.ref
	}
	common, err := c.Images.Target(ctx, source)
	for _, t := range group {
		img, err := common, err
		if err == nil {
			c.Log.Write(record.Event{Kind: record.ImageReady, Target: t.Name, Image: &img})
		}
		if err == nil && t.Inject != nil && t.Inject.Preload != "" {
			if img, err = c.preload(ctx, t, img); err == nil {
				c.Log.Write(record.Event{Kind: record.ImageReady, Target: t.Name, Image: &img})
			}
		}
		if err != nil {
			c.Log.Write(record.Event{Kind: record.ImageFailed, Target: t.Name, Note: err.Error()})
		}
		i.mu.Lock()
		i.targets[t.Name] = made{img, err}
		i.mu.Unlock()
		for _, s := range t.Services {
			i.buildService(ctx, c, t, s)
		}
	}
}

// target gives a target's image, or why there is none.
func (i *images) target(_ context.Context, t *fixtures.Target) (record.Image, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	m := i.targets[t.Name]
	if m.err != nil {
		return m.image, fmt.Errorf("image of target %s: %w", t.Name, m.err)
	}
	return m.image, nil
}

func (i *images) helper(context.Context) (string, error) {
	if i.err != nil {
		return "", fmt.Errorf("image of the helper: %w", i.err)
	}
	return i.ref, nil
}
