package leftover

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"stalemate/reports/record"
)

// Engine is what InLayer and EmptyDir ask of the container engine's client.
type Engine interface {
	ContainerDiff(ctx context.Context, id string, options client.ContainerDiffOptions) (client.ContainerDiffResult, error)
	ContainerStatPath(ctx context.Context, id string, options client.ContainerStatPathOptions) (client.ContainerStatPathResult, error)
	CopyFromContainer(ctx context.Context, id string, options client.CopyFromContainerOptions) (client.CopyFromContainerResult, error)
	CopyToContainer(ctx context.Context, id string, options client.CopyToContainerOptions) (client.CopyToContainerResult, error)
}

// InLayer lists what the container added or changed below dirs in its writable
// layer since it was created, dead or alive. Sockets are seen (the archive that
// the engine sends would leave them out); inode numbers are not; what was
// mounted there (tmpfs, volumes) is not part of the layer.
func InLayer(ctx context.Context, engine Engine, id string, dirs ...string) ([]record.Leftover, error) {
	diff, err := engine.ContainerDiff(ctx, id, client.ContainerDiffOptions{})
	if err != nil {
		return nil, fmt.Errorf("list the layer of %s: %w", id, err)
	}
	var found []record.Leftover
	for _, change := range diff.Changes {
		if change.Kind == container.ChangeDelete || !below(change.Path, dirs) {
			continue
		}
		l, err := inLayer(ctx, engine, id, change.Path)
		if err != nil {
			return found, fmt.Errorf("list the layer of %s: %s: %w", id, change.Path, err)
		}
		found = append(found, l)
	}
	Sort(found)
	return found, nil
}

func below(name string, dirs []string) bool {
	for _, dir := range dirs {
		dir = path.Clean(dir)
		if dir == "/" || name == dir || strings.HasPrefix(name, dir+"/") {
			return true
		}
	}
	return false
}

func inLayer(ctx context.Context, engine Engine, id, name string) (record.Leftover, error) {
	at, err := engine.ContainerStatPath(ctx, id, client.ContainerStatPathOptions{Path: name})
	if err != nil {
		return record.Leftover{}, err
	}
	l := record.Leftover{Name: name, Mode: permissions(at.Stat.Mode), Size: at.Stat.Size}
	var content []byte
	if at.Stat.Mode.IsRegular() {
		l.Owner, content, err = headOf(ctx, engine, id, name)
		if err != nil {
			return record.Leftover{}, err
		}
	}
	l.Kind, l.Holds = Classify(name, at.Stat.Mode, content)
	return l, nil
}

// headOf gives the owner of a regular file and its first bytes. The reader is
// closed whatever happens: left open it blocks the engine's inspect for ever.
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
	content, err = io.ReadAll(io.LimitReader(archive, maxPIDFile+1))
	return strconv.Itoa(head.Uid), content, err
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

// PlantInLayer puts files, locks, pid files, directories, symbolic links and
// FIFOs into the layer of a container, dead or alive. A unix socket cannot
// travel that way: plant it with Plant while an earlier incarnation lives.
func PlantInLayer(ctx context.Context, engine Engine, id string, objects ...Object) error {
	types := map[string]byte{File: tar.TypeReg, Lock: tar.TypeReg, PIDFile: tar.TypeReg, Directory: tar.TypeDir, Symlink: tar.TypeSymlink, FIFO: tar.TypeFifo}
	for _, o := range objects {
		kind, ok := types[o.Kind]
		if !ok {
			return fmt.Errorf("plant %s %s in the layer of %s: the engine cannot carry this kind", o.Kind, o.Name, id)
		}
		mode, err := o.mode()
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
