package containers

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/testcontainers/testcontainers-go"

	"stalemate/containers/engine"
	"stalemate/containers/image"
	"stalemate/containers/pod"
	"stalemate/containers/reaper"
	"stalemate/reports/record"
)

const (
	// burnedAtMost bounds the PIDs that a server's starts take: each takes one of the host's too.
	burnedAtMost = 20_000_000
	// logShown is how much of a server's log an error shows, in bytes.
	logShown = 4000
)

// Server is a server in a pod. Start, Kill and Stop are called one at a time; everything else at any time.
type Server struct {
	name      string
	run       string
	settings  *settings
	engine    *engine.Engine
	guard     *reaper.Reaper
	pod       *pod.Pod
	followed  *followed
	leftovers *leftovers

	closing sync.Once
	closed  error
}

// Run starts a server from an image and waits until it serves. The image may be empty where
// testcontainers.WithDockerfile builds one; what that builds is kept until the folder changes.
//
// It honours testcontainers' customizers for environment, files, command, entrypoint, tmpfs, platform,
// image and wait strategy, and WithNoStart. The error names each option that a pod cannot honour. It
// holds the end of the server's log where the server does not serve.
//
// Everything that Run creates is removed by Close, and by a separate process when this one ends
// without Close, even after kill -9.
func Run(ctx context.Context, image string, opts ...testcontainers.ContainerCustomizer) (*Server, error) {
	settings, err := configure(image, opts)
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", subject(image), err)
	}
	s := &Server{settings: settings, name: nameOf(settings)}
	if err := s.create(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("run %s: %w", s.name, err), s.Close(ctx))
	}
	if settings.noStart {
		return s, nil
	}
	state, err := s.Start(ctx)
	if err == nil && !state.serves() {
		err = fmt.Errorf("start %s: %s; the end of its log:\n%s", s.name, state.trouble(), tail(state.Logs, logShown))
	}
	if err != nil {
		return nil, errors.Join(err, s.Close(ctx))
	}
	return s, nil
}

// create makes the pod, and whoever removes it.
func (s *Server) create(ctx context.Context) error {
	var err error
	if s.run, err = newRun(); err != nil {
		return err
	}
	if s.engine, err = engine.Connect(ctx); err != nil {
		return err
	}
	if s.guard, err = reaper.Start(s.run, s.engine); err != nil {
		return err
	}
	s.engine.Guard = s.guard
	images := image.New(s.engine, s.settings.say)
	spec := s.settings.spec
	spec.Run, spec.Name = s.run, s.name
	spec.Roles, spec.Access, spec.Budget = []pod.Role{pod.Witness}, pod.Change, pod.NewBudget(burnedAtMost)
	if spec.Helper, err = images.Helper(ctx); err != nil {
		return err
	}
	target, err := images.Target(ctx, s.settings.source)
	if err != nil {
		return err
	}
	spec.Image = target.Ref
	if s.pod, err = pod.Start(ctx, s.engine, spec, func(record.Event) {}); err != nil {
		return err
	}
	s.followed = newFollowed(s.pod, s.run, s.name)
	s.leftovers = newLeftovers(s.pod, s.engine, s.settings)
	return s.leftovers.begin(ctx)
}

// newRun is a random id, the label of everything that a Run creates.
func newRun() (string, error) {
	raw := make([]byte, 6)
	if _, err := rand.Read(raw); err != nil {
		return "", fmt.Errorf("make a run id: %w", err)
	}
	return hex.EncodeToString(raw), nil
}

// closeWithin bounds Close, which works after the end of its context too.
const closeWithin = 2 * time.Minute

// Close removes the pod and everything else that Run created, but images. It may be called again.
func (s *Server) Close(ctx context.Context) error {
	s.closing.Do(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeWithin)
		defer cancel()
		var faults []error
		if s.followed != nil {
			s.followed.close()
		}
		if s.pod != nil {
			faults = append(faults, s.pod.Close(ctx))
		}
		if s.guard != nil {
			faults = append(faults, s.guard.Stop())
		}
		if s.engine != nil {
			faults = append(faults, s.engine.Close())
		}
		if err := errors.Join(faults...); err != nil {
			s.closed = fmt.Errorf("close %s: %w", s.name, err)
		}
	})
	return s.closed
}

// String is the server's name in messages: that of its image or of the folder that it is built from.
func (s *Server) String() string { return s.name }

func subject(image string) string {
	if image == "" {
		return "a server"
	}
	return image
}

// nameOf is the image's name without registry and tag, or the folder's, in the letters that a host name may have.
func nameOf(s *settings) string {
	name := filepath.Base(s.source.Build)
	if s.source.Build == "" {
		name, _, _ = strings.Cut(s.source.Image, "@")
		name = name[strings.LastIndex(name, "/")+1:]
		name, _, _ = strings.Cut(name, ":")
	} else if absolute, err := filepath.Abs(s.source.Build); err == nil {
		name = filepath.Base(absolute)
	}
	name = strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '-'
	}, strings.ToLower(name)), "-")
	if name == "" {
		return "server"
	}
	return name[:min(len(name), maxName)]
}

// maxName leaves room for the run's id and the role in a container's name, which is a host name as well: 63 letters (RFC 1123).
const maxName = 32

func tail(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return "…" + text[len(text)-most:]
}
