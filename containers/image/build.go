package image

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/build"
	"github.com/moby/moby/api/types/jsonstream"
	"github.com/moby/moby/client"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"stalemate/containers/engine"
	"stalemate/reports/record"
)

const (
	// buildWithin bounds one target's build; a compiler and its libraries from a slow mirror take minutes.
	buildWithin = 15 * time.Minute
	// logLines is how much of a failing build's log an error shows.
	logLines = 25
)

// build makes the image of a folder, under a tag that is the hash of everything that goes into it.
func (s *Store) build(ctx context.Context, source Source) (record.Image, error) {
	started := time.Now()
	platform, err := parsePlatform(source.Platform)
	if err != nil {
		return record.Image{}, err
	}
	if source.File == "" {
		source.File = "Dockerfile"
	}
	base, err := s.Base(ctx)
	if err != nil {
		return record.Image{}, err
	}
	folder, err := pack(source.Build)
	if err != nil {
		return record.Image{}, fmt.Errorf("build folder %s: %w", source.Build, err)
	}
	if _, ok := folder.lines[source.File]; !ok {
		return record.Image{}, fmt.Errorf("build folder %s has no %s", source.Build, source.File)
	}
	ref := "stalemate/target:" + folder.tag(source, base.ID)
	return s.once(ctx, ref, func(ctx context.Context) (record.Image, error) {
		if found, err := s.inspect(ctx, ref, FromEngine, started); err == nil || !cerrdefs.IsNotFound(err) {
			return found, err
		}
		s.say("building %s", source.Build)
		// By its id, so that a base image that changes meanwhile is not mixed in.
		args := map[string]*string{"BASE": &base.ID}
		for name, value := range source.Args {
			args[name] = &value
		}
		labels := map[string]string{engine.LabelImage: "target"}
		options := buildOptions(ref, source.File, args, labels, platform)
		if err := s.run(ctx, folder.archive(), options, folder.lines[source.File]); err != nil {
			return record.Image{}, fmt.Errorf("build %s: %w", source.Build, err)
		}
		return s.inspect(ctx, ref, FromBuild, started)
	})
}

// buildOptions asks for the classic builder: BuildKit through the API loses the log of the step that failed.
func buildOptions(ref, file string, args map[string]*string, labels map[string]string, platform *ocispec.Platform) client.ImageBuildOptions {
	options := client.ImageBuildOptions{
		Tags: []string{ref}, Dockerfile: file, BuildArgs: args, Labels: labels,
		Remove: true, ForceRemove: true, Version: build.BuilderV1,
	}
	if platform != nil {
		options.Platforms = []ocispec.Platform{*platform}
	}
	return options
}

// run builds, one image at a time: each RUN is a container on the engine's default network, and where two leave one
// network at the same moment, Engine 20.10 can lock itself up for good (see engine.Engine.Remove). Its error shows the
// Dockerfile's line, which lines holds, and the end of the log. When this process ends, the connection does, and
// with it the build.
func (s *Store) run(ctx context.Context, archive io.Reader, options client.ImageBuildOptions, lines []instruction) error {
	select {
	case s.builds <- struct{}{}:
		defer func() { <-s.builds }()
	case <-ctx.Done():
		return fmt.Errorf("wait for another build: %w", ctx.Err())
	}
	ctx, cancel := context.WithTimeout(ctx, buildWithin)
	defer cancel()
	response, err := s.Engine.Client().ImageBuild(ctx, archive, options)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var log strings.Builder
	messages := json.NewDecoder(response.Body)
	for {
		var message jsonstream.Message
		err := messages.Decode(&message)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("the build's log broke off: %w\n%s", err, tail(log.String(), logLines))
		case message.Error != nil:
			return fmt.Errorf("%s%w\n%s", failedAt(options.Dockerfile, lines, log.String()), message.Error, tail(log.String(), logLines))
		}
		log.WriteString(message.Stream)
	}
}

// failedAt names the line of the Dockerfile that the log's last step stands for, and ends in ": ".
func failedAt(file string, lines []instruction, log string) string {
	at := strings.LastIndex(log, "\nStep ")
	if strings.HasPrefix(log, "Step ") && at < 0 {
		at = 0
	}
	if at < 0 {
		return ""
	}
	var step, of int
	if _, err := fmt.Sscanf(strings.TrimLeft(log[at:], "\n"), "Step %d/%d", &step, &of); err != nil || step < 1 || step > len(lines) {
		return ""
	}
	return fmt.Sprintf("%s:%d: %s: ", file, lines[step-1].line, lines[step-1].word)
}

// tail is the last n lines.
func tail(log string, n int) string {
	lines := strings.Split(strings.TrimRight(log, "\n"), "\n")
	if len(lines) > n {
		lines = append([]string{"..."}, lines[len(lines)-n:]...)
	}
	return strings.Join(lines, "\n")
}

// streamError reads an answer of JSON messages to its end and gives the first error in it.
func streamError(body io.Reader) error {
	messages := json.NewDecoder(body)
	for {
		var message jsonstream.Message
		err := messages.Decode(&message)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if message.Error != nil {
			return message.Error
		}
	}
}
