package layer

import (
	"archive/tar"
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"stalemate/containers/leftover"
	"stalemate/reports/record"
)

// Changed lists what the container has added or changed below dirs since it was created. It sees Unix sockets, but neither
// inode numbers nor mounts (tmpfs, volumes). The engine compares the whole layer with the image for it, which took a minute on
// a busy machine; List is faster.
func Changed(ctx context.Context, engine Engine, id string, dirs ...string) ([]record.Leftover, error) {
	diff, err := engine.ContainerDiff(ctx, id, client.ContainerDiffOptions{})
	if err != nil {
		return nil, fmt.Errorf("list the changes of %s: %w", id, err)
	}
	var found []record.Leftover
	for _, change := range diff.Changes {
		if change.Kind == container.ChangeDelete || !below(change.Path, dirs) {
			continue
		}
		l, err := describe(ctx, engine, id, change.Path)
		if err != nil {
			return found, fmt.Errorf("list the changes of %s: %s: %w", id, change.Path, err)
		}
		found = append(found, l)
	}
	leftover.Sort(found)
	return found, nil
}

// describe is one path of the container as a leftover.
func describe(ctx context.Context, engine Engine, id, name string) (record.Leftover, error) {
	at, err := engine.ContainerStatPath(ctx, id, client.ContainerStatPathOptions{Path: name})
	if err != nil {
		return record.Leftover{}, err
	}
	l := record.Leftover{Name: name, Mode: leftover.Permissions(at.Stat.Mode), Size: at.Stat.Size}
	var content []byte
	if at.Stat.Mode.IsRegular() && at.Stat.Size <= largestArchive {
		l.Owner, content, err = headOf(ctx, engine, id, name)
		if err != nil {
			return record.Leftover{}, err
		}
	}
	l.Kind, l.Holds = leftover.Classify(name, at.Stat.Mode, content)
	return l, nil
}

// headOf returns the owner of a regular file and its first bytes. The stream must be closed: an open one blocks every inspect
// of the container (Engine 20.10).
func headOf(ctx context.Context, engine Engine, id, name string) (owner string, content []byte, err error) {
	file, err := engine.CopyFromContainer(ctx, id, client.CopyFromContainerOptions{SourcePath: name})
	if err != nil {
		return "", nil, err
	}
	defer file.Content.Close()
	archive := tar.NewReader(file.Content)
	head, err := archive.Next()
	if err != nil {
		return "", nil, err
	}
	content, err = io.ReadAll(io.LimitReader(archive, leftover.MaxPIDFile+1))
	return strconv.Itoa(head.Uid), content, err
}
