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

// buildsAtOnce bounds what is built at the same time: a build is work, not waiting.
const buildsAtOnce = 2

// buildAll makes the helper's image and those of all targets. What fails is kept
// for whoever asks.
func (c *Campaign) buildAll(ctx context.Context) *images {
	made := &images{targets: map[string]made{}}
	made.ref, made.err = c.Images.Helper(ctx)
	places := make(chan struct{}, buildsAtOnce)
	var all sync.WaitGroup
	for _, t := range c.Plan.Targets {
		all.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			made.build(ctx, c, t)
			for _, s := range t.Services {
				made.buildService(ctx, c, t, s)
			}
		})
	}
	all.Wait()
	return made
}

func (i *images) build(ctx context.Context, c *Campaign, t *fixtures.Target) {
	source := image.Source{Image: t.Image, Build: t.Build, Args: t.BuildArgs, Platform: t.Platform}
	if t.Image == fixtures.HelperImage {
		source.Image = i.ref
	}
	img, err := c.Images.Target(ctx, source)
	if err == nil && t.Inject != nil && t.Inject.Preload != "" {
		c.Log.Write(record.Event{Kind: record.ImageReady, Target: t.Name, Image: &img})
		img, err = c.preload(ctx, t, img)
	}
	if err == nil {
		c.Log.Write(record.Event{Kind: record.ImageReady, Target: t.Name, Image: &img})
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.targets[t.Name] = made{img, err}
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
