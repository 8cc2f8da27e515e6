// Files are copied with moby's raw client: testcontainers-go (v0.45) sets no owner, and reads a single file but no
// directory.

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

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

// CopyTo copies files into the target, whether it runs or not. Missing directories are created.
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
			return fmt.Errorf("copy files: the root is read-only: "+
				"mount a volume or tmpfs on their directories, or put them into the image: %w", err)
		}
		return fmt.Errorf("copy files: %w", err)
	}
	return nil
}

// pack creates the archive that the engine unpacks at the container's root.
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

// maxSmallFile bounds what ReadFile reads, in bytes. A pid file has a few lines.
const maxSmallFile = 64 << 10

// ErrTooLarge means that a file is larger than the limit given to CopyFrom.
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

// ReadFile reads a small regular file of a target that is down, with mode and owner. The result is nil if there is none.
func (p *Pod) ReadFile(ctx context.Context, path string) (*File, error) {
	var file *File
	err := p.Walk(ctx, path, func(header *tar.Header, content io.Reader) error {
		if header.Typeflag != tar.TypeReg || header.Size > maxSmallFile {
			return nil
		}
		data, err := io.ReadAll(content)
		file = &File{Content: data, To: path, Mode: header.Mode, UID: header.Uid, GID: header.Gid}
		return err
	})
	if cerrdefs.IsNotFound(err) {
		return nil, nil
	}
	return file, err
}

// Walk visits the file or directory at path in the target, and everything below it, in the engine's order.
func (p *Pod) Walk(ctx context.Context, path string, visit func(*tar.Header, io.Reader) error) error {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	got, err := p.engine.Client().CopyFromContainer(ctx, p.id(Target), client.CopyFromContainerOptions{SourcePath: path})
	if err != nil {
		return fmt.Errorf("copy %s from the target: %w", path, err)
	}
	// While the stream is open, the engine cannot even inspect the container.
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
