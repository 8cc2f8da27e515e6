// Package layer lists and changes the files of a container, running or dead, through the engine: image and writable layer
// together, without its mounts.
//
// testcontainers has none of this: it copies single files, and only for a container that this process has created. So it is
// the raw client.
package layer

import (
	"archive/tar"
	"bytes"
	"context"
	"path"
	"strings"

	"github.com/moby/moby/client"
)

// Engine is the part of the engine's client that this package uses.
type Engine interface {
	ContainerDiff(ctx context.Context, id string, options client.ContainerDiffOptions) (client.ContainerDiffResult, error)
	ContainerStatPath(ctx context.Context, id string, options client.ContainerStatPathOptions) (client.ContainerStatPathResult, error)
	CopyFromContainer(ctx context.Context, id string, options client.CopyFromContainerOptions) (client.CopyFromContainerResult, error)
	CopyToContainer(ctx context.Context, id string, options client.CopyToContainerOptions) (client.CopyToContainerResult, error)
}

// put writes one file into a folder of the container. An existing directory of that name is replaced.
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

// below tells whether a path is one of dirs or inside one.
func below(name string, dirs []string) bool {
	for _, dir := range dirs {
		dir = path.Clean(dir)
		if dir == "/" || name == dir || strings.HasPrefix(name, dir+"/") {
			return true
		}
	}
	return false
}
