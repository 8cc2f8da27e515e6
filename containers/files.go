package containers

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/testcontainers/testcontainers-go"

	"stalemate/containers/pod"
)

// podFile is a file for the pod, or all of a folder.
func podFile(f testcontainers.ContainerFile) ([]pod.File, error) {
	if f.Reader != nil {
		content, err := io.ReadAll(f.Reader)
		return []pod.File{{Content: content, To: f.ContainerFilePath, Mode: f.FileMode}}, err
	}
	info, err := os.Stat(f.HostFilePath)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []pod.File{{From: f.HostFilePath, To: f.ContainerFilePath, Mode: f.FileMode}}, nil
	}
	// As testcontainers does it, the folder's own name is kept below the container's path.
	root := filepath.Dir(filepath.Clean(f.HostFilePath))
	var all []pod.File
	err = filepath.WalkDir(f.HostFilePath, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		below, err := filepath.Rel(root, name)
		all = append(all, pod.File{From: name, To: path.Join(f.ContainerFilePath, filepath.ToSlash(below)), Mode: f.FileMode})
		return err
	})
	return all, err
}

// CopyFileToContainer copies a file of this machine into the server's container, whether the server
// runs or not. A mode of 0 means 0644.
func (s *Server) CopyFileToContainer(ctx context.Context, hostPath, containerPath string, mode int64) error {
	return s.pod.CopyTo(ctx, []pod.File{{From: hostPath, To: containerPath, Mode: mode}})
}

// CopyToContainer copies content into a file of the server's container, whether the server runs or
// not. A mode of 0 means 0644.
func (s *Server) CopyToContainer(ctx context.Context, content []byte, containerPath string, mode int64) error {
	return s.pod.CopyTo(ctx, []pod.File{{Content: content, To: containerPath, Mode: mode}})
}
