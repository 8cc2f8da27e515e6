package layer

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"path"

	"github.com/moby/moby/client"
)

// EmptyDir empties a directory of a dead container, as a reboot empties /run. The engine can write into a dead container but
// not delete. So EmptyDir replaces the directory by a file, and the file by a directory with the old mode and owner root.
func EmptyDir(ctx context.Context, engine Engine, id, dir string) error {
	dir = path.Clean(dir)
	at, err := engine.ContainerStatPath(ctx, id, client.ContainerStatPathOptions{Path: dir})
	if err != nil {
		return fmt.Errorf("empty %s of %s: %w", dir, id, err)
	}
	if !at.Stat.Mode.IsDir() || dir == "/" {
		return fmt.Errorf("empty %s of %s: not a directory, or the root", dir, id)
	}
	mode := int64(at.Stat.Mode.Perm())
	file := tar.Header{Typeflag: tar.TypeReg, Name: path.Base(dir), Mode: mode}
	directory := tar.Header{Typeflag: tar.TypeDir, Name: path.Base(dir), Mode: mode}
	if err := errors.Join(put(ctx, engine, id, path.Dir(dir), file, ""), put(ctx, engine, id, path.Dir(dir), directory, "")); err != nil {
		return fmt.Errorf("empty %s of %s: %w", dir, id, err)
	}
	return nil
}
