package image

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"stalemate/containers/binary"
	"stalemate/containers/engine"
	"stalemate/reports/record"
)

const (
	baseRef    = "stalemate/base:bookworm"
	basePulled = "debian:bookworm-slim"
	// labelRecipe holds the hash of the recipe that made a base image. An image of another recipe is not used.
	labelRecipe = "stalemate.recipe"
	// bootstrapWithin bounds mmdebstrap. With a near mirror it takes 16 s.
	bootstrapWithin = 10 * time.Minute
	installWithin   = 5 * time.Minute
)

// bootstrap is the command that builds a base image. No mirror is named: mmdebstrap then uses Debian's default, and leaves a
// working sources.list in the image. The rest makes the many builds on this base faster: apt finds its lists and asks only
// whether they have changed, it gets no translations, and dpkg does not wait for the disk after each file of a layer that is
// thrown away if the machine fails.
var bootstrap = []string{"mmdebstrap", "--quiet", "--variant=minbase", "--skip=cleanup/apt/lists",
	`--aptopt=Acquire::Languages "none"`, "--dpkgopt=force-unsafe-io", "bookworm"}

// recipe is the hash of how a base image is made.
func recipe() string {
	return fmt.Sprintf("%.8x", sha256.Sum256([]byte(basePulled+"\x00"+strings.Join(bootstrap, " "))))
}

// Base is the image on which fixtures are built: the one that the engine has, or debian:bookworm-slim pulled, or one that
// stalemate builds from Debian's packages.
func (s *Store) Base(ctx context.Context) (record.Image, error) {
	return s.once(ctx, "base", s.base)
}

func (s *Store) base(ctx context.Context) (record.Image, error) {
	started := time.Now()
	labels := map[string]string{engine.LabelImage: "base", labelRecipe: recipe()}
	if s.hasBase(ctx) {
		return s.inspect(ctx, baseRef, FromEngine, started)
	}
	pullErr := s.pull(ctx, basePulled, nil)
	if pullErr == nil {
		dockerfile := []byte("FROM " + basePulled + "\n")
		if err := s.runBuild(ctx, archiveOf("Dockerfile", dockerfile), buildOptions(baseRef, "Dockerfile", nil, labels, nil), nil); err != nil {
			return record.Image{}, fmt.Errorf("label the base image: %w", err)
		}
		return s.inspect(ctx, baseRef, FromPull, started)
	}
	s.say("base image: %v; stalemate builds one from Debian's packages", pullErr)
	if err := s.bootstrap(ctx, labels); err != nil {
		return record.Image{}, fmt.Errorf("make the base image: it was not pulled (%w), and building it failed: %w", pullErr, err)
	}
	return s.inspect(ctx, baseRef, FromBuild, started)
}

// hasBase tells whether the engine has a base image of the present recipe.
func (s *Store) hasBase(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, inspectWithin)
	defer cancel()
	got, err := s.Engine.Client().ImageInspect(ctx, baseRef)
	return err == nil && got.Config != nil && got.Config.Labels[labelRecipe] == recipe()
}

// bootstrap builds a Debian root with mmdebstrap and imports it as the base image.
func (s *Store) bootstrap(ctx context.Context, labels map[string]string) error {
	ctx, cancel := context.WithTimeout(ctx, bootstrapWithin)
	defer cancel()
	if err := s.ensureBootstrap(ctx); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "stalemate-base-")
	if err != nil {
		return fmt.Errorf("make a temporary directory for the base image: %w", err)
	}
	gone := s.Engine.WatchTemp(dir)
	defer func() {
		if os.RemoveAll(dir) == nil {
			gone()
		}
	}()
	root := filepath.Join(dir, "root.tar")
	args := append(bootstrap[1:len(bootstrap):len(bootstrap)], root)
	cmd := exec.CommandContext(ctx, bootstrap[0], args...)
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	if err := s.runCommand(cmd); err != nil {
		return err
	}
	file, err := os.Open(root)
	if err != nil {
		return fmt.Errorf("open the root of the base image: %w", err)
	}
	defer file.Close()
	changes := []string{`CMD ["/bin/bash"]`}
	for name, value := range labels {
		changes = append(changes, "LABEL "+name+"="+value)
	}
	return s.importRoot(ctx, baseRef, file, changes)
}

// ensureBootstrap installs mmdebstrap if it is missing, where stalemate runs as root on a Debian machine.
func (s *Store) ensureBootstrap(ctx context.Context) error {
	if _, err := exec.LookPath(bootstrap[0]); err == nil {
		return nil
	}
	const advice = "install mmdebstrap (apt-get install mmdebstrap), or load an image named " + baseRef
	apt, err := exec.LookPath("apt-get")
	if err != nil || os.Geteuid() != 0 {
		return errors.New(advice)
	}
	ctx, cancel := context.WithTimeout(ctx, installWithin)
	defer cancel()
	s.say("base image: stalemate installs mmdebstrap")
	for _, args := range [][]string{{"update", "-q"}, {"install", "-qy", "--no-install-recommends", "mmdebstrap"}} {
		cmd := exec.CommandContext(ctx, apt, args...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if err := s.runCommand(cmd); err != nil {
			return fmt.Errorf("%s: %w", advice, err)
		}
	}
	return nil
}

// runCommand runs a program whose process group the guard knows. Its error contains the last lines of the output.
func (s *Store) runCommand(cmd *exec.Cmd) error {
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	name := filepath.Base(cmd.Path)
	if err := binary.RunGroup(cmd, s.Engine.Watch); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, tail(log.String(), logLines))
	}
	return nil
}
