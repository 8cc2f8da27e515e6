// Package layer looks into the writable layer of a container, dead or alive, through the engine, and puts things there.
package layer

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"

	"github.com/moby/moby/client"

	"stalemate/containers/leftover"
)

// Engine is what is asked of the container engine's client.
type Engine interface {
	ContainerDiff(ctx context.Context, id string, options client.ContainerDiffOptions) (client.ContainerDiffResult, error)
	ContainerStatPath(ctx context.Context, id string, options client.ContainerStatPathOptions) (client.ContainerStatPathResult, error)
	CopyFromContainer(ctx context.Context, id string, options client.CopyFromContainerOptions) (client.CopyFromContainerResult, error)
	CopyToContainer(ctx context.Context, id string, options client.CopyToContainerOptions) (client.CopyToContainerResult, error)
}

// EmptyDir empties a directory in the layer of a dead container, as a reboot
// that clears /run would. The engine can write into a dead container and not
// delete, but what it writes may take another thing's place: the directory
// becomes a file, and then a directory with the old mode and owner root.
func EmptyDir(ctx context.Context, engine Engine, id, dir string) error {
	dir = path.Clean(dir)
	at, err := engine.ContainerStatPath(ctx, id, client.ContainerStatPathOptions{Path: dir})
	if err != nil {
		return fmt.Errorf("empty %s of %s: %w", dir, id, err)
	}
	if !at.Stat.Mode.IsDir() || dir == "/" {
		return fmt.Errorf("empty %s of %s: not a directory that can be replaced", dir, id)
	}
	mode := int64(at.Stat.Mode.Perm())
	file := tar.Header{Typeflag: tar.TypeReg, Name: path.Base(dir), Mode: mode}
	directory := tar.Header{Typeflag: tar.TypeDir, Name: path.Base(dir), Mode: mode}
	if err := errors.Join(put(ctx, engine, id, path.Dir(dir), file, ""), put(ctx, engine, id, path.Dir(dir), directory, "")); err != nil {
		return fmt.Errorf("empty %s of %s: %w", dir, id, err)
	}
	return nil
}

// Plant puts files, locks, pid files, directories, symbolic links and
// FIFOs into the layer of a container, dead or alive. A unix socket cannot
// travel that way: plant it with leftover.Plant while an earlier incarnation lives.
func Plant(ctx context.Context, engine Engine, id string, objects ...leftover.Object) error {
	types := map[string]byte{
		leftover.File: tar.TypeReg, leftover.Lock: tar.TypeReg, leftover.PIDFile: tar.TypeReg,
		leftover.Directory: tar.TypeDir, leftover.Symlink: tar.TypeSymlink, leftover.FIFO: tar.TypeFifo,
	}
	for _, o := range objects {
		kind, ok := types[o.Kind]
		if !ok {
			return fmt.Errorf("plant %s %s in the layer of %s: the engine cannot carry this kind", o.Kind, o.Name, id)
		}
		mode, err := o.Permissions()
		if err != nil {
			return fmt.Errorf("plant %s in the layer of %s: %w", o.Name, id, err)
		}
		head := tar.Header{Typeflag: kind, Name: path.Base(o.Name), Mode: int64(mode), Uid: o.UID}
		content := o.Content
		if kind == tar.TypeSymlink {
			head.Linkname, content = o.Content, ""
		}
		if err := put(ctx, engine, id, path.Dir(o.Name), head, content); err != nil {
			return fmt.Errorf("plant %s in the layer of %s: %w", o.Name, id, err)
		}
	}
	return nil
}

func put(ctx context.Context, engine Engine, id, dir string, head tar.Header, content string) error {
	var file bytes.Buffer
	archive := tar.NewWriter(&file)
	head.Size = int64(len(content))
	if err := archive.WriteHeader(&head); err != nil {
		return err
	}
	if _, err := archive.Write([]byte(content)); err != nil {
		return err
	}
	if err := archive.Close(); err != nil {
		return err
	}
	_, err := engine.CopyToContainer(ctx, id, client.CopyToContainerOptions{
		DestinationPath: dir, Content: &file, AllowOverwriteDirWithFile: true, CopyUIDGID: false,
	})
	return err
}
