package layer

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/client"

	"stalemate/containers/leftover"
	"stalemate/reports/record"
)

// List lists the files below dirs, of image and layer together. The engine's archives omit Unix sockets, so List asks for each
// socket of known, an earlier list, whether it still exists. List reads only these directories, unlike Changed. It sees neither
// inode numbers nor mounts.
func List(ctx context.Context, engine Engine, id string, known []record.Leftover, dirs ...string) ([]record.Leftover, error) {
	var found []record.Leftover
	for _, dir := range dirs {
		files, err := archived(ctx, engine, id, path.Clean(dir))
		if err != nil && !cerrdefs.IsNotFound(err) {
			return found, fmt.Errorf("list %s of %s: %w", dir, id, err)
		}
		found = append(found, files...)
	}
	for _, l := range known {
		if l.Kind != leftover.Socket || !below(l.Name, dirs) {
			continue
		}
		at, err := engine.ContainerStatPath(ctx, id, client.ContainerStatPathOptions{Path: l.Name})
		if cerrdefs.IsNotFound(err) {
			continue
		}
		if err != nil {
			return found, fmt.Errorf("stat %s of %s: %w", l.Name, id, err)
		}
		kind, _ := leftover.Classify(l.Name, at.Stat.Mode, nil)
		found = append(found, record.Leftover{Kind: kind, Name: l.Name, Mode: leftover.Permissions(at.Stat.Mode), Owner: l.Owner})
	}
	leftover.Sort(found)
	return found, nil
}

// archived lists a directory from the tar archive that the engine makes of it.
func archived(ctx context.Context, engine Engine, id, dir string) ([]record.Leftover, error) {
	got, err := engine.CopyFromContainer(ctx, id, client.CopyFromContainerOptions{SourcePath: dir})
	if err != nil {
		return nil, err
	}
	// An open stream blocks every inspect of the container (Engine 20.10).
	defer got.Content.Close()
	archive := tar.NewReader(got.Content)
	var found []record.Leftover
	for {
		head, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return found, err
		}
		if len(found) == leftover.MaxFiles {
			return found, fmt.Errorf("more than %d entries", leftover.MaxFiles)
		}
		content, err := io.ReadAll(io.LimitReader(archive, leftover.MaxPIDFile+1))
		if err != nil {
			return found, err
		}
		info := head.FileInfo()
		l := record.Leftover{Name: path.Join(path.Dir(dir), head.Name), Mode: leftover.Permissions(info.Mode()), Size: head.Size, Owner: strconv.Itoa(head.Uid)}
		l.Kind, l.Holds = leftover.Classify(l.Name, info.Mode(), content)
		found = append(found, l)
	}
}
