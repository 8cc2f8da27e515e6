// Package image provides the images of a pod: the base image, the targets' images and the helper image. It needs no
// registry.
//
//	base     in the engine -> or pulled -> or built here from Debian's packages
//	target   built from its folder on the base; or in the engine -> or pulled
//	helper   imported from the static program
package image

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	cerrdefs "github.com/containerd/errdefs"

	"stalemate/containers/engine"
	"stalemate/reports/record"
)

// The values of record.Image.Origin.
const (
	FromEngine = "engine"
	FromPull   = "pulled"
	FromBuild  = "built"
)

// ErrAbsent means that the engine does not have an image and no registry gave it.
var ErrAbsent = errors.New("is not in the engine and cannot be pulled")

// labelVersion is the label with the version of the packaged software (OCI image specification, annotations).
const labelVersion = "org.opencontainers.image.version"

// inspectWithin bounds one request about an image.
const inspectWithin = 10 * time.Second

// Store provides the images of one run. It makes each image once, also if several callers ask for it at the same time.
type Store struct {
	Engine *engine.Engine
	// Say, if set, gets one line about everything that takes long or fails without ending the run.
	Say func(line string)
	// Registry, such as mirror.example:5000, is where images are pulled from that name no registry. "": the engine's default.
	Registry string

	mu     sync.Mutex
	making map[string]*making
	builds chan struct{} // holds one value while the engine builds: see runBuild
}

// making is an image that one caller makes, and that others wait for.
type making struct {
	done  chan struct{}
	image record.Image
	err   error
}

// New is a store of images in the engine. say may be nil.
func New(e *engine.Engine, say func(line string)) *Store {
	return &Store{Engine: e, Say: say, making: map[string]*making{}, builds: make(chan struct{}, 1)}
}

// Source says what a target's image is made from. Set either Image or Build.
type Source struct {
	Image    string            // a reference
	Build    string            // a folder: the build context
	File     string            // the Dockerfile, relative to Build; default Dockerfile
	Args     map[string]string // build arguments; BASE, the base image, is added for a Dockerfile with ARG BASE
	Platform string            // "linux/arm64"; default: the engine's
}

// Target is the image of a source. A reference is used as the engine has it, or pulled. A folder is built, which costs
// nothing while the folder, the arguments and the base stay the same.
func (s *Store) Target(ctx context.Context, source Source) (record.Image, error) {
	switch {
	case source.Image != "" && source.Build != "":
		return record.Image{}, fmt.Errorf("get the target's image: image %s and build folder %s are both given: leave one out", source.Image, source.Build)
	case source.Build != "":
		return s.build(ctx, source)
	case source.Image != "":
		return s.once(ctx, "image "+source.Image+" "+source.Platform, func(ctx context.Context) (record.Image, error) {
			return s.byReference(ctx, source)
		})
	}
	return record.Image{}, errors.New("get the target's image: neither an image nor a build folder is given")
}

// byReference is an image that the engine has for the platform, or one that is pulled.
func (s *Store) byReference(ctx context.Context, source Source) (record.Image, error) {
	started := time.Now()
	platform, err := parsePlatform(source.Platform)
	if err != nil {
		return record.Image{}, err
	}
	found, err := s.inspect(ctx, source.Image, FromEngine, started)
	if err == nil && s.matchesPlatform(ctx, source.Image, platform) {
		return found, nil
	}
	if err != nil && !cerrdefs.IsNotFound(err) {
		return record.Image{}, err
	}
	from, err := s.pullReference(source.Image)
	if err != nil {
		return record.Image{}, err
	}
	if err := s.pull(ctx, from, platform); err != nil {
		return record.Image{}, fmt.Errorf("image %s %w: build or load it, or correct its name: %w", source.Image, ErrAbsent, err)
	}
	return s.inspect(ctx, from, FromPull, started)
}

// once lets the first caller of a key produce the image, and others wait for it. A failure is not kept: the next caller tries
// again.
func (s *Store) once(ctx context.Context, key string, produce func(context.Context) (record.Image, error)) (record.Image, error) {
	s.mu.Lock()
	if m, ok := s.making[key]; ok {
		s.mu.Unlock()
		select {
		case <-m.done:
			return m.image, m.err
		case <-ctx.Done():
			return record.Image{}, fmt.Errorf("wait for %s: %w", key, ctx.Err())
		}
	}
	m := &making{done: make(chan struct{})}
	s.making[key] = m
	s.mu.Unlock()
	m.image, m.err = produce(ctx)
	if m.err != nil {
		s.mu.Lock()
		delete(s.making, key)
		s.mu.Unlock()
	}
	close(m.done)
	return m.image, m.err
}

// inspect describes an image of the engine. The error is not-found if the engine does not have it.
func (s *Store) inspect(ctx context.Context, ref, origin string, started time.Time) (record.Image, error) {
	ctx, cancel := context.WithTimeout(ctx, inspectWithin)
	defer cancel()
	got, err := s.Engine.Client().ImageInspect(ctx, ref)
	if err != nil {
		return record.Image{}, fmt.Errorf("inspect image %s: %w", ref, err)
	}
	out := record.Image{Ref: ref, ID: got.ID, Origin: origin, Took: time.Since(started).Seconds()}
	if got.Config != nil {
		out.Version = got.Config.Labels[labelVersion]
		out.Volumes = slices.Sorted(maps.Keys(got.Config.Volumes))
	}
	if len(got.RepoDigests) > 0 {
		_, out.Digest, _ = strings.Cut(got.RepoDigests[0], "@")
	}
	return out, nil
}

func (s *Store) say(format string, args ...any) {
	if s.Say != nil {
		s.Say(fmt.Sprintf(format, args...))
	}
}
