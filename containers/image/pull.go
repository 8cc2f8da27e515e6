// This file pulls images with the raw client. testcontainers' PullImage repeats a request that broke off, for up to 15
// minutes, and has no limit for a registry that does not answer.

package image

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/distribution/reference"
	"github.com/moby/moby/client"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

const (
	// firstSign is how long a registry may take to send its first message.
	firstSign = 10 * time.Second
	// pullWithin bounds the whole pull.
	pullWithin = 5 * time.Minute
)

// pullReference is where to pull an image from: the registry that it names, or else Store.Registry.
func (s *Store) pullReference(image string) (string, error) {
	if s.Registry == "" {
		return image, nil
	}
	named, err := reference.ParseNormalizedNamed(image)
	if err != nil {
		return "", fmt.Errorf("read the image name %s: %w", image, err)
	}
	if reference.Domain(named) != defaultDomain || strings.HasPrefix(image, defaultDomain) {
		return image, nil
	}
	return s.Registry + "/" + image, nil
}

// defaultDomain is the registry of an image that names none (the reference grammar of the distribution project).
const defaultDomain = "docker.io"

// matchesPlatform tells whether an image is for the platform. nil is any.
func (s *Store) matchesPlatform(ctx context.Context, ref string, platform *ocispec.Platform) bool {
	if platform == nil {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, inspectWithin)
	defer cancel()
	got, err := s.Engine.Client().ImageInspect(ctx, ref)
	return err == nil && got.Os == platform.OS && got.Architecture == platform.Architecture
}

// pull pulls an image. It gives up when the registry sends nothing within firstSign.
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
		return fmt.Errorf("pull %s: %w", ref, explainCancel(ctx, err))
	}
	for message, err := range response.JSONMessages(ctx) {
		if err != nil {
			return fmt.Errorf("pull %s: %w", ref, explainCancel(ctx, err))
		}
		if message.Error != nil {
			return fmt.Errorf("pull %s: %w", ref, message.Error)
		}
		silent.Stop()
	}
	return nil
}

// explainCancel replaces the cancellation that a silent registry causes by its reason.
func explainCancel(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("the registry sent nothing within %v", firstSign)
	}
	return err
}

func parsePlatform(s string) (*ocispec.Platform, error) {
	if s == "" {
		return nil, nil
	}
	parts := strings.Split(s, "/")
	if len(parts) < 2 || len(parts) > 3 {
		return nil, fmt.Errorf("read the platform %q: it must look like linux/amd64", s)
	}
	p := &ocispec.Platform{OS: parts[0], Architecture: parts[1]}
	if len(parts) == 3 {
		p.Variant = parts[2]
	}
	return p, nil
}
