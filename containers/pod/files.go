package pod

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/moby/moby/client"
)

// CopyTo copies files into the target, whether it runs or not. Directories that are missing are made.
func (p *Pod) CopyTo(ctx context.Context, files []File) error {
	if err := p.copyTo(ctx, p.id(Target), files); err != nil {
		return fmt.Errorf("target: %w", err)
	}
	return nil
}

func (p *Pod) copyTo(ctx context.Context, id string, files []File) error {
	if len(files) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	archive, err := pack(files)
	if err != nil {
		return err
	}
	_, err = p.engine.Client().CopyToContainer(ctx, id, client.CopyToContainerOptions{DestinationPath: "/", Content: archive})
	if err != nil {
		if strings.Contains(err.Error(), "read-only") {
			return fmt.Errorf("copy files into a read-only root: give their directories a volume or tmpfs, or put them into the image: %w", err)
		}
		return fmt.Errorf("copy files: %w", err)
	}
	return nil
}

// pack makes the archive that the engine unpacks at the root.
func pack(files []File) (io.Reader, error) {
	var buffer bytes.Buffer
	archive := tar.NewWriter(&buffer)
	for _, file := range files {
		data := file.Content
		if file.From != "" {
			var err error
			if data, err = os.ReadFile(file.From); err != nil {
				return nil, fmt.Errorf("read the file for %s: %w", file.To, err)
			}
		}
		mode := file.Mode
		if mode == 0 {
			mode = 0o644
		}
		header := &tar.Header{
			Name: strings.TrimPrefix(file.To, "/"), Mode: mode, Size: int64(len(data)),
			Typeflag: tar.TypeReg, Uid: file.UID, Gid: file.GID,
		}
		if err := archive.WriteHeader(header); err != nil {
			return nil, fmt.Errorf("pack %s: %w", file.To, err)
		}
		if _, err := archive.Write(data); err != nil {
			return nil, fmt.Errorf("pack %s: %w", file.To, err)
		}
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	return &buffer, nil
}

// ErrTooLarge says that a file is longer than the limit of CopyFrom.
var ErrTooLarge = errors.New("the file is too large")

// CopyFrom reads one regular file of at most limit bytes from the target, whether it runs or not.
func (p *Pod) CopyFrom(ctx context.Context, path string, limit int64) ([]byte, error) {
	var out []byte
	found := false
	err := p.Walk(ctx, path, func(header *tar.Header, content io.Reader) error {
		if header.Typeflag != tar.TypeReg || found {
			return fmt.Errorf("%s is not a regular file", path)
		}
		if header.Size > limit {
			return fmt.Errorf("%s: %w: %d bytes", path, ErrTooLarge, header.Size)
		}
		found = true
		var err error
		out, err = io.ReadAll(content)
		return err
	})
	return out, err
}

// Walk visits what the target has at path, a directory with everything below it. The order is the engine's.
func (p *Pod) Walk(ctx context.Context, path string, visit func(*tar.Header, io.Reader) error) error {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	got, err := p.engine.Client().CopyFromContainer(ctx, p.id(Target), client.CopyFromContainerOptions{SourcePath: path})
	if err != nil {
		return fmt.Errorf("copy %s from the target: %w", path, err)
	}
	// Left open, the container could not even be inspected any more.
	defer got.Content.Close()
	archive := tar.NewReader(got.Content)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("copy %s from the target: %w", path, err)
		}
		if err := visit(header, archive); err != nil {
			return err
		}
	}
}
