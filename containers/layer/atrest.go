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

// AtRest lists what a container, dead or alive, has below dirs outside of its
// mounts, image and layer together. The engine's archive leaves sockets out, so
// known, an earlier list, is asked for those of its sockets that are still there.
// Unlike
// Changed it reads no more than the directories: Changed has the engine compare the whole
// layer with its image, which was seen to take a minute on a busy machine. Inode numbers are not seen.
func AtRest(ctx context.Context, engine Engine, id string, known []record.Leftover, dirs ...string) ([]record.Leftover, error) {
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
			return found, fmt.Errorf("look for %s of %s: %w", l.Name, id, err)
		}
		kind, _ := leftover.Classify(l.Name, at.Stat.Mode, nil)
		found = append(found, record.Leftover{Kind: kind, Name: l.Name, Mode: leftover.Permissions(at.Stat.Mode), Owner: l.Owner})
	}
	leftover.Sort(found)
	return found, nil
}

// archived lists a directory as the engine packs it.
func archived(ctx context.Context, engine Engine, id, dir string) ([]record.Leftover, error) {
	got, err := engine.CopyFromContainer(ctx, id, client.CopyFromContainerOptions{SourcePath: dir})
	if err != nil {
		return nil, err
	}
	// Left open, the container could not even be inspected any more.
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
