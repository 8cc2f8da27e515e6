// Package image gets the images that pods are made of: the base, the targets and
// the helper. None of them needs a registry.
package image

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/distribution/reference"
	"github.com/moby/moby/client"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"stalemate/containers/engine"
	"stalemate/reports/record"
)

// Where an image came from, as record.Image says it.
const (
	FromEngine = "engine"
	FromPull   = "pulled"
	FromBuild  = "built"
)

// ErrAbsent says that an image is neither in the engine nor to be had from a registry.
var ErrAbsent = errors.New("is not in the engine and cannot be pulled")

// labelVersion is where the OCI image specification (annotations) has an image tell the version of what it packs.
const labelVersion = "org.opencontainers.image.version"

const (
	// inspectWithin bounds a question about one image.
	inspectWithin = 10 * time.Second
	// firstSign is how long a registry may take until its first sign of life.
	firstSign = 10 * time.Second
	// pullWithin bounds a whole pull that makes progress.
	pullWithin = 5 * time.Minute
)

// Store gets images for one run and makes each only once, whoever asks at the same
// time. Say, where it is set, is given one line for everything that takes long or did not work out.
type Store struct {
	Engine *engine.Engine
	Say    func(line string)
	// Registry, such as mirror.example:5000, is asked for images that name no registry themselves; "": the engine's own.
	Registry string

	mu     sync.Mutex
	making map[string]*making
	builds chan struct{} // holds one value while the engine builds: see run
}

// making is one image that is being made, or was.
type making struct {
	done  chan struct{}
	image record.Image
	err   error
}

// New is a store of images on the engine.
func New(e *engine.Engine, say func(line string)) *Store {
	return &Store{Engine: e, Say: say, making: map[string]*making{}, builds: make(chan struct{}, 1)}
}

// Source says what a target's image is made from: Image or Build.
type Source struct {
	Image    string            // a reference
	Build    string            // the folder that is the build's context
	File     string            // the Dockerfile, relative to Build; default Dockerfile
	Args     map[string]string // beside BASE, which is the base image
	Platform string            // "linux/arm64"; default: the engine's
}

// Target is the image of a source: used where the engine has it, else pulled; or built
// from its folder, which costs nothing as long as neither folder, arguments nor base changed.
func (s *Store) Target(ctx context.Context, source Source) (record.Image, error) {
	switch {
	case source.Image != "" && source.Build != "":
		return record.Image{}, fmt.Errorf("image %s and build folder %s are both given: leave one out", source.Image, source.Build)
	case source.Build != "":
		return s.build(ctx, source)
	case source.Image != "":
		return s.once(ctx, "image "+source.Image+" "+source.Platform, func(ctx context.Context) (record.Image, error) {
			return s.byReference(ctx, source)
		})
	}
	return record.Image{}, errors.New("neither an image nor a build folder is given")
}

func (s *Store) byReference(ctx context.Context, source Source) (record.Image, error) {
	started := time.Now()
	platform, err := parsePlatform(source.Platform)
	if err != nil {
		return record.Image{}, err
	}
	found, err := s.inspect(ctx, source.Image, FromEngine, started)
	if err == nil && s.fits(ctx, source.Image, platform) {
		return found, nil
	}
	if err != nil && !cerrdefs.IsNotFound(err) {
		return record.Image{}, err
	}
	from, err := s.mirrored(source.Image)
	if err != nil {
		return record.Image{}, err
	}
	if err := s.pull(ctx, from, platform); err != nil {
		return record.Image{}, fmt.Errorf("image %s %w: build or load it, or correct its name: %w", source.Image, ErrAbsent, err)
	}
	return s.inspect(ctx, from, FromPull, started)
}

// mirrored is where an image is pulled from: its own registry where it names one, else the store's.
func (s *Store) mirrored(image string) (string, error) {
	if s.Registry == "" {
		return image, nil
	}
	named, err := reference.ParseNormalizedNamed(image)
	if err != nil {
		return "", fmt.Errorf("image %s: %w", image, err)
	}
	if reference.Domain(named) != defaultDomain || strings.HasPrefix(image, defaultDomain) {
		return image, nil
	}
	return s.Registry + "/" + image, nil
}

// defaultDomain is the registry of an image that names none, by the distribution's reference grammar.
const defaultDomain = "docker.io"

// once lets everybody who wants the same image wait for the first. A failure is not kept.
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

// inspect describes an image that the engine has. Its error is not-found where it has none.
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
	}
	if len(got.RepoDigests) > 0 {
		_, out.Digest, _ = strings.Cut(got.RepoDigests[0], "@")
	}
	return out, nil
}

// fits says whether the image is for the platform; nil is any.
func (s *Store) fits(ctx context.Context, ref string, platform *ocispec.Platform) bool {
	if platform == nil {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, inspectWithin)
	defer cancel()
	got, err := s.Engine.Client().ImageInspect(ctx, ref)
	return err == nil && got.Os == platform.OS && got.Architecture == platform.Architecture
}

// pull takes an image from its registry, which must give a sign of life within firstSign.
func (s *Store) pull(ctx context.Context, ref string, platform *ocispec.Platform) error {
	ctx, cancel := context.WithTimeout(ctx, pullWithin)
	defer cancel()
	silent := time.AfterFunc(firstSign, cancel)
	defer silent.Stop()
	options := client.ImagePullOptions{}
	if platform != nil {
		options.Platforms = []ocispec.Platform{*platform}
	}
	response, err := s.Engine.Client().ImagePull(ctx, ref, options)
	if err != nil {
		return fmt.Errorf("pull %s: %w", ref, short(ctx, err))
	}
	for message, err := range response.JSONMessages(ctx) {
		if err != nil {
			return fmt.Errorf("pull %s: %w", ref, short(ctx, err))
		}
		if message.Error != nil {
			return fmt.Errorf("pull %s: %w", ref, message.Error)
		}
		silent.Stop()
	}
	return nil
}

// short replaces the cancellation of a silent registry by what it means.
func short(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("no registry answered within %v", firstSign)
	}
	return err
}

func parsePlatform(s string) (*ocispec.Platform, error) {
	if s == "" {
		return nil, nil
	}
	parts := strings.Split(s, "/")
	if len(parts) < 2 || len(parts) > 3 {
		return nil, fmt.Errorf("platform %q is not of the form linux/amd64", s)
	}
	p := &ocispec.Platform{OS: parts[0], Architecture: parts[1]}
	if len(parts) == 3 {
		p.Variant = parts[2]
	}
	return p, nil
}

func (s *Store) say(format string, args ...any) {
	if s.Say != nil {
		s.Say(fmt.Sprintf(format, args...))
	}
}
