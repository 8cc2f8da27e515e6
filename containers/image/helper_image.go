package image

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/client"

	"stalemate/containers/binary"
	"stalemate/containers/engine"
	"stalemate/reports/record"
)

// importWithin bounds the import of a root of some hundred megabytes.
const importWithin = 3 * time.Minute

// Helper is the reference of the helper image: the static helper and no other file. stalemate's own containers run from it.
// The tag is the program's hash.
func (s *Store) Helper(ctx context.Context) (string, error) {
	got, err := s.once(ctx, "helper", s.helper)
	return got.Ref, err
}

func (s *Store) helper(ctx context.Context) (record.Image, error) {
	started := time.Now()
	path, err := binary.Helper(ctx, s.Engine.Arch(), s.Engine.Watch)
	if err != nil {
		return record.Image{}, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return record.Image{}, fmt.Errorf("read the helper program: %w", err)
	}
	ref := fmt.Sprintf("stalemate/helper:%.8x", sha256.Sum256(data))
	if found, err := s.inspect(ctx, ref, FromEngine, started); err == nil || !cerrdefs.IsNotFound(err) {
		return found, err
	}
	pr, pw := io.Pipe()
	go func() { pw.CloseWithError(helperRoot(pw, data)) }()
	err = s.importRoot(ctx, ref, pr, []string{
		`ENTRYPOINT ["/stalemate"]`,
		"USER 65534",
		"LABEL " + engine.LabelImage + "=helper",
	})
	_ = pr.Close()
	if err != nil {
		return record.Image{}, err
	}
	return s.inspect(ctx, ref, FromBuild, started)
}

// helperRoot writes the file system of the helper image as a tar archive.
func helperRoot(w io.Writer, program []byte) error {
	archive := tar.NewWriter(w)
	// Nobody may read it: the kernel then lets no other process open what the program has open, from its first instruction on.
	header := &tar.Header{Name: "stalemate", Mode: 0o111, Size: int64(len(program)), Typeflag: tar.TypeReg}
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	if _, err := archive.Write(program); err != nil {
		return err
	}
	return archive.Close()
}

// importRoot makes an image of the tar archive of a file system. testcontainers has no import.
func (s *Store) importRoot(ctx context.Context, ref string, root io.Reader, changes []string) error {
	ctx, cancel := context.WithTimeout(ctx, importWithin)
	defer cancel()
	source := client.ImageImportSource{Source: root, SourceName: "-"}
	response, err := s.Engine.Client().ImageImport(ctx, source, ref, client.ImageImportOptions{Changes: changes})
	if err != nil {
		return fmt.Errorf("import %s: %w", ref, err)
	}
	defer response.Close()
	if err := streamError(response); err != nil {
		return fmt.Errorf("import %s: %w", ref, err)
	}
	return nil
}
