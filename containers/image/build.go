// This file builds images with the raw client. testcontainers' BuildImage repeats a request that failed, but with an archive
// that the first attempt has read to its end: an engine that drops the connection is then reported as `dockerfile
// "Dockerfile" not found in context archive` (v0.45). It also names no line of the Dockerfile.

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
	// buildWithin bounds the build of one image. A compiler and its libraries from a slow mirror take minutes.
	buildWithin = 15 * time.Minute
	// logLines is how many lines of the log an error shows.
	logLines = 25
)

// build builds the image of a folder. The tag is the hash of everything that goes into the image.
func (s *Store) build(ctx context.Context, source Source) (record.Image, error) {
	started := time.Now()
	platform, err := parsePlatform(source.Platform)
	if err != nil {
		return record.Image{}, err
	}
	if source.File == "" {
		source.File = "Dockerfile"
	}
	files, err := readBuildContext(source.Build)
	if err != nil {
		return record.Image{}, fmt.Errorf("read build folder %s: %w", source.Build, err)
	}
	if _, ok := files.lines[source.File]; !ok {
		return record.Image{}, fmt.Errorf("read build folder %s: it has no %s", source.Build, source.File)
	}
	var base record.Image
	if _, given := source.Args["BASE"]; files.based[source.File] && !given {
		if base, err = s.Base(ctx); err != nil {
			return record.Image{}, err
		}
	}
	args := buildArgs(source.Args, base.ID)
	ref := "stalemate/target:" + files.tag(source, base.ID)
	return s.once(ctx, ref, func(ctx context.Context) (record.Image, error) {
		if found, err := s.inspect(ctx, ref, FromEngine, started); err == nil || !cerrdefs.IsNotFound(err) {
			return found, err
		}
		s.say("building %s", source.Build)
		labels := map[string]string{engine.LabelImage: "target"}
		options := buildOptions(ref, source.File, args, labels, platform)
		if err := s.runBuild(ctx, files.archive(), options, files.lines[source.File]); err != nil {
			return record.Image{}, fmt.Errorf("build %s: %w", source.Build, err)
		}
		return s.inspect(ctx, ref, FromBuild, started)
	})
}

// buildArgs are the arguments of a build. A BASE that is given stays: a preloaded library is built on the target's own image. Else
// BASE is the id of the base image, not its name: another process may replace the base meanwhile. An empty id is none.
func buildArgs(given map[string]string, base string) map[string]*string {
	args := map[string]*string{}
	if base != "" {
		args["BASE"] = &base
	}
	for name, value := range given {
		args[name] = &value
	}
	return args
}

// buildOptions selects the classic builder. Over the API, BuildKit does not send the log of the step that failed.
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

// runBuild builds one image at a time: each RUN is a container on the engine's default network, and Engine 20.10 deadlocks if
// two containers leave one network at the same time (see engine.Engine.Remove). The error names the line of the Dockerfile,
// from lines, and shows the end of the log. If stalemate dies, the connection ends, and the engine ends the build.
func (s *Store) runBuild(ctx context.Context, archive io.Reader, options client.ImageBuildOptions, lines []instruction) error {
	select {
	case s.builds <- struct{}{}:
		defer func() { <-s.builds }()
	case <-ctx.Done():
		return fmt.Errorf("wait for the end of another build: %w", ctx.Err())
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
			return fmt.Errorf("read the log: %w\n%s", err, tail(log.String(), logLines))
		case message.Error != nil:
			return fmt.Errorf("%s%w\n%s", failedAt(options.Dockerfile, lines, log.String()), message.Error, tail(log.String(), logLines))
		}
		log.WriteString(message.Stream)
	}
}

// failedAt names the line of the Dockerfile that belongs to the last step in the log: "Dockerfile:7: RUN: ".
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

// tail is the last n lines of a log.
func tail(log string, n int) string {
	lines := strings.Split(strings.TrimRight(log, "\n"), "\n")
	if len(lines) > n {
		lines = append([]string{"..."}, lines[len(lines)-n:]...)
	}
	return strings.Join(lines, "\n")
}

// streamError reads JSON messages to their end and returns the first error among them.
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
