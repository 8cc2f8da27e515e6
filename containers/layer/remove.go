package layer

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/moby/moby/client"
)

// maxRebuilt is how many bytes of files a directory may have that Remove builds anew: the archive is in memory.
const maxRebuilt = 64 << 20

// Remove removes files from a dead container. The engine can write into a dead container but not delete. So Remove reads the
// directory of each file, replaces the directory by a file, and writes the directory anew without it. The engine's archives omit
// Unix sockets, so the directory is without its sockets then.
func Remove(ctx context.Context, engine Engine, id string, names ...string) error {
	without := map[string]bool{}
	for _, name := range names {
		without[path.Clean(name)] = true
	}
	done := map[string]bool{}
	for name := range without {
		dir := path.Dir(name)
		if done[dir] {
			continue
		}
		done[dir] = true
		if err := rebuild(ctx, engine, id, dir, without); err != nil {
			return fmt.Errorf("remove %s from %s: %w", name, id, err)
		}
	}
	return nil
}

// rebuild writes a directory anew, without some of its files.
func rebuild(ctx context.Context, engine Engine, id, dir string, without map[string]bool) error {
	if dir == "/" {
		return errors.New("the root directory cannot be built anew")
	}
	kept, err := filtered(ctx, engine, id, dir, without)
	if err != nil {
		return err
	}
	parent := path.Dir(dir)
	if err := put(ctx, engine, id, parent, tar.Header{Typeflag: tar.TypeReg, Name: path.Base(dir), Mode: 0o600}, ""); err != nil {
		return err
	}
	_, err = engine.CopyToContainer(ctx, id, client.CopyToContainerOptions{DestinationPath: parent, Content: kept, AllowOverwriteDirWithFile: true})
	return err
}

// filtered is the engine's archive of a directory, without some of its files.
func filtered(ctx context.Context, engine Engine, id, dir string, without map[string]bool) (*bytes.Buffer, error) {
	got, err := engine.CopyFromContainer(ctx, id, client.CopyFromContainerOptions{SourcePath: dir})
	if err != nil {
		return nil, err
	}
	// An open stream blocks every inspect of the container (Engine 20.10).
	defer got.Content.Close()
	var kept bytes.Buffer
	archive, rest := tar.NewReader(got.Content), tar.NewWriter(&kept)
	for first := true; ; first = false {
		head, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return &kept, rest.Close()
		}
		if err != nil {
			return nil, err
		}
		if first && head.Typeflag != tar.TypeDir {
			return nil, fmt.Errorf("%s is not a directory", dir)
		}
		if without[path.Join(path.Dir(dir), head.Name)] {
			continue
		}
		if int64(kept.Len())+head.Size > maxRebuilt {
			return nil, fmt.Errorf("%s has more than %d bytes", dir, maxRebuilt)
		}
		if err := rest.WriteHeader(head); err != nil {
			return nil, err
		}
		if _, err := io.Copy(rest, archive); err != nil {
			return nil, err
		}
	}
}
