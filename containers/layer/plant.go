package layer

import (
	"archive/tar"
	"context"
	"fmt"
	"path"

	"stalemate/containers/leftover"
)

// Plant creates files, locks, pid files, directories, symbolic links and FIFOs in a container, running or dead. The engine's
// archives cannot contain Unix sockets: leftover.Request.Do plants them while an incarnation is alive.
func Plant(ctx context.Context, engine Engine, id string, objects ...leftover.Object) error {
	types := map[string]byte{
		leftover.File: tar.TypeReg, leftover.Lock: tar.TypeReg, leftover.PIDFile: tar.TypeReg,
		leftover.Directory: tar.TypeDir, leftover.Symlink: tar.TypeSymlink, leftover.FIFO: tar.TypeFifo,
	}
	for _, o := range objects {
		kind, ok := types[o.Kind]
		if !ok {
			return fmt.Errorf("plant %s %s in %s: the engine cannot copy this kind into a container", o.Kind, o.Name, id)
		}
		mode, err := o.Permissions()
		if err != nil {
			return fmt.Errorf("plant %s in %s: %w", o.Name, id, err)
		}
		head := tar.Header{Typeflag: kind, Name: path.Base(o.Name), Mode: int64(mode), Uid: o.UID, Gid: o.GID}
		content := o.Content
		if kind == tar.TypeSymlink {
			head.Linkname, content = o.Content, ""
		}
		if err := put(ctx, engine, id, path.Dir(o.Name), head, content); err != nil {
			return fmt.Errorf("plant %s in %s: %w", o.Name, id, err)
		}
	}
	return nil
}
