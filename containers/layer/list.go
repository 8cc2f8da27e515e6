package layer

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
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
		if errors.Is(err, errLarge) {
			files, err = stated(ctx, engine, id, known, path.Clean(dir))
		}
		if err != nil && !cerrdefs.IsNotFound(err) {
			return found, fmt.Errorf("list %s of %s: %w", dir, id, err)
		}
		found = append(found, files...)
	}
	for _, l := range known {
		if l.Kind != leftover.Socket || !below(l.Name, dirs) || slices.ContainsFunc(found, func(f record.Leftover) bool { return f.Name == l.Name }) {
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

// largestArchive is how many bytes of files a directory may have that is listed from an archive. The engine sends all of them: a
// sparse file of 1 GiB took two minutes.
const largestArchive = 64 << 20

var errLarge = fmt.Errorf("its files have more than %d bytes", largestArchive)

// stated lists a directory without its content: what an earlier list has of it and still exists, and what the engine says has
// changed since the container was created.
func stated(ctx context.Context, engine Engine, id string, known []record.Leftover, dir string) ([]record.Leftover, error) {
	diff, err := engine.ContainerDiff(ctx, id, client.ContainerDiffOptions{})
	if err != nil {
		return nil, err
	}
	owners := map[string]string{}
	for _, l := range known {
		if below(l.Name, []string{dir}) {
			owners[l.Name] = l.Owner
		}
	}
	for _, change := range diff.Changes {
		if _, listed := owners[change.Path]; !listed && below(change.Path, []string{dir}) {
			owners[change.Path] = ""
		}
	}
	var found []record.Leftover
	for _, name := range slices.Sorted(maps.Keys(owners)) {
		if len(found) == leftover.MaxFiles {
			found[0].Note = leftover.Cut
			break
		}
		l, err := describe(ctx, engine, id, name)
		if cerrdefs.IsNotFound(err) {
			continue
		}
		if err != nil {
			return found, err
		}
		if l.Owner == "" {
			l.Owner = owners[name]
		}
		found = append(found, l)
	}
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
	size := int64(0)
	for {
		head, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return found, err
		}
		if len(found) == leftover.MaxFiles {
			found[0].Note = leftover.Cut
			return found, nil
		}
		if size += head.Size; size > largestArchive {
			return nil, errLarge
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
