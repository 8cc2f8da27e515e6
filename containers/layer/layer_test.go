package layer

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	. "github.com/onsi/gomega"

	"stalemate/containers/leftover"
	"stalemate/reports/record"
)

// layer is an engine with one container that has these files.
type layer struct {
	files  map[string]container.PathStat
	bytes  map[string]string
	gone   []string
	closed int
	puts   []*tar.Header
	into   []string
}

func (l *layer) ContainerDiff(context.Context, string, client.ContainerDiffOptions) (client.ContainerDiffResult, error) {
	var r client.ContainerDiffResult
	for name := range l.files {
		r.Changes = append(r.Changes, container.FilesystemChange{Kind: container.ChangeAdd, Path: name})
	}
	for _, name := range l.gone {
		r.Changes = append(r.Changes, container.FilesystemChange{Kind: container.ChangeDelete, Path: name})
	}
	return r, nil
}

func (l *layer) ContainerStatPath(_ context.Context, _ string, o client.ContainerStatPathOptions) (client.ContainerStatPathResult, error) {
	at, ok := l.files[o.Path]
	if !ok {
		return client.ContainerStatPathResult{}, cerrdefs.ErrNotFound
	}
	return client.ContainerStatPathResult{Stat: at}, nil
}

// CopyFromContainer makes an archive as the engine does: names relative to the parent of the path, and no sockets.
func (l *layer) CopyFromContainer(_ context.Context, _ string, o client.CopyFromContainerOptions) (client.CopyFromContainerResult, error) {
	if _, ok := l.files[o.SourcePath]; !ok {
		return client.CopyFromContainerResult{}, cerrdefs.ErrNotFound
	}
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(l.files)) {
		at := l.files[name]
		if name != o.SourcePath && !strings.HasPrefix(name, o.SourcePath+"/") || at.Mode&fs.ModeSocket != 0 {
			continue
		}
		content := l.bytes[name]
		head := &tar.Header{Name: strings.TrimPrefix(name, path.Dir(o.SourcePath)+"/"), Uid: 33, Size: int64(len(content)), Mode: int64(at.Mode.Perm()), Typeflag: tar.TypeReg}
		if at.Mode.IsDir() {
			head.Typeflag = tar.TypeDir
		}
		_ = w.WriteHeader(head)
		_, _ = w.Write([]byte(content))
	}
	_ = w.Close()
	return client.CopyFromContainerResult{Content: closing{&out, l}}, nil
}

func (l *layer) CopyToContainer(_ context.Context, _ string, o client.CopyToContainerOptions) (client.CopyToContainerResult, error) {
	l.into = append(l.into, o.DestinationPath)
	if !o.AllowOverwriteDirWithFile {
		return client.CopyToContainerResult{}, errors.New("cannot overwrite directory with non-directory")
	}
	archive := tar.NewReader(o.Content)
	for {
		head, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return client.CopyToContainerResult{}, nil
		}
		if err != nil {
			return client.CopyToContainerResult{}, err
		}
		l.puts = append(l.puts, head)
	}
}

type closing struct {
	io.Reader
	l *layer
}

func (c closing) Close() error { c.l.closed++; return nil }

func aLayer() *layer {
	return &layer{
		files: map[string]container.PathStat{
			"/run/httpd":              {Mode: fs.ModeDir | 0o755},
			"/run/httpd/cgisock.4242": {Mode: fs.ModeSocket | 0o700},
			"/run/httpd/httpd.pid":    {Mode: 0o644, Size: 5},
			"/run/httpdx/other":       {Mode: 0o644},
		},
		bytes: map[string]string{"/run/httpd/httpd.pid": "4242\n"},
		gone:  []string{"/run/httpd/was"},
	}
}

func TestChanged(t *testing.T) {
	g := NewWithT(t)
	l := aLayer()
	found, err := Changed(t.Context(), l, "t", "/run/httpd/")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(found).To(Equal([]record.Leftover{
		{Kind: leftover.Directory, Name: "/run/httpd", Mode: "0755"},
		{Kind: leftover.PIDFile, Name: "/run/httpd/httpd.pid", Mode: "0644", Size: 5, Owner: "33", Holds: 4242},
		{Kind: leftover.Socket, Name: "/run/httpd/cgisock.4242", Mode: "0700"},
	}))
	g.Expect(l.closed).To(Equal(1), "an unclosed reader blocks the engine")
}

func TestAtRest(t *testing.T) {
	g := NewWithT(t)
	l := aLayer()
	known := []record.Leftover{
		{Kind: leftover.Socket, Name: "/run/httpd/cgisock.4242", Owner: "33"},
		{Kind: leftover.Socket, Name: "/run/httpd/cgisock.4241", Owner: "33"},
		{Kind: leftover.Socket, Name: "/run/httpdx/s"},
	}
	found, err := List(t.Context(), l, "t", known, "/run/httpd/", "/none")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(found).To(ConsistOf(
		record.Leftover{Kind: leftover.Directory, Name: "/run/httpd", Mode: "0755", Owner: "33"},
		record.Leftover{Kind: leftover.PIDFile, Name: "/run/httpd/httpd.pid", Mode: "0644", Size: 5, Owner: "33", Holds: 4242},
		record.Leftover{Kind: leftover.Socket, Name: "/run/httpd/cgisock.4242", Mode: "0700", Owner: "33"},
	))
	g.Expect(l.closed).To(Equal(1), "an unclosed reader blocks the engine")
}

func TestEmptyDirReplacesTheDirectoryByAFileAndThatByADirectory(t *testing.T) {
	g := NewWithT(t)
	l := aLayer()
	g.Expect(EmptyDir(t.Context(), l, "t", "/run/httpd")).To(Succeed())
	g.Expect(l.into).To(Equal([]string{"/run", "/run"}))
	g.Expect([]byte{l.puts[0].Typeflag, l.puts[1].Typeflag}).To(Equal([]byte{tar.TypeReg, tar.TypeDir}))
	g.Expect(l.puts[1].Mode).To(Equal(int64(0o755)))
	g.Expect(EmptyDir(t.Context(), l, "t", "/run/httpd/httpd.pid")).To(MatchError(ContainSubstring("not a directory")))
	g.Expect(EmptyDir(t.Context(), l, "t", "/none")).To(MatchError(ContainSubstring("not found")))
}

func TestRemoveWritesTheDirectoryAnew(t *testing.T) {
	g := NewWithT(t)
	l := aLayer()
	l.files["/run/httpd/kept"], l.files["/run/httpd/x.lock"] = container.PathStat{Mode: 0o640, Size: 2}, container.PathStat{Mode: 0o600}
	l.bytes["/run/httpd/kept"] = "ab"
	g.Expect(Remove(t.Context(), l, "t", "/run/httpd/httpd.pid", "/run/httpd/x.lock")).To(Succeed())
	g.Expect(l.into).To(Equal([]string{"/run", "/run"}))
	g.Expect(l.puts).To(HaveExactElements(
		And(HaveField("Name", "httpd"), HaveField("Typeflag", byte(tar.TypeReg))),
		And(HaveField("Name", "httpd"), HaveField("Typeflag", byte(tar.TypeDir)), HaveField("Mode", int64(0o755)), HaveField("Uid", 33)),
		And(HaveField("Name", "httpd/kept"), HaveField("Size", int64(2)), HaveField("Mode", int64(0o640)), HaveField("Uid", 33))))
	g.Expect(l.closed).To(Equal(1), "an unclosed reader blocks the engine")
	g.Expect(Remove(t.Context(), l, "t", "/x")).To(MatchError(ContainSubstring("the root directory cannot be built anew")))
	g.Expect(Remove(t.Context(), l, "t", "/none/x")).To(MatchError(ContainSubstring("not found")))
	g.Expect(l.into).To(HaveLen(2), "nothing was replaced")
	l.files["/run/httpd/large"] = container.PathStat{Mode: 0o600}
	l.bytes["/run/httpd/large"] = strings.Repeat("x", maxRebuilt)
	g.Expect(Remove(t.Context(), l, "t", "/run/httpd/httpd.pid")).To(MatchError(ContainSubstring("more than 67108864 bytes")))
	g.Expect(l.into).To(HaveLen(2), "nothing was replaced")
}

func TestPlant(t *testing.T) {
	g := NewWithT(t)
	l := aLayer()
	g.Expect(Plant(t.Context(), l, "t",
		leftover.Object{Kind: leftover.PIDFile, Name: "/run/x.pid", Content: "1\n", Mode: "0644"}, leftover.Object{Kind: leftover.Symlink, Name: "/run/to", Content: "/x"})).To(Succeed())
	g.Expect([]any{l.puts[0].Name, l.puts[0].Size, l.puts[0].Mode}).To(Equal([]any{"x.pid", int64(2), int64(0o644)}))
	g.Expect(l.puts[1].Linkname).To(Equal("/x"))
	g.Expect(Plant(t.Context(), l, "t", leftover.Object{Kind: leftover.Socket, Name: "/run/s"})).To(MatchError(ContainSubstring("cannot copy this kind")))
}

// TestALargeFolderIsListedWithoutItsContent: a sparse file of 1 GiB took two minutes, because the engine sends all of it.
func TestALargeFolderIsListedWithoutItsContent(t *testing.T) {
	g := NewWithT(t)
	l := aLayer()
	l.files["/run/httpd/sparse"] = container.PathStat{Mode: 0o644, Size: largestArchive + 1}
	l.bytes["/run/httpd/sparse"] = strings.Repeat("\x00", largestArchive+1)
	known := []record.Leftover{
		{Kind: leftover.Socket, Name: "/run/httpd/cgisock.4242", Owner: "33"},
		{Kind: leftover.File, Name: "/run/httpd/gone", Owner: "33"},
		{Kind: leftover.File, Name: "/run/httpd/sparse", Owner: "33"},
	}
	found, err := List(t.Context(), l, "t", known, "/run/httpd")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(found).To(ConsistOf(
		record.Leftover{Kind: leftover.Directory, Name: "/run/httpd", Mode: "0755"},
		record.Leftover{Kind: leftover.PIDFile, Name: "/run/httpd/httpd.pid", Mode: "0644", Size: 5, Owner: "33", Holds: 4242},
		record.Leftover{Kind: leftover.Socket, Name: "/run/httpd/cgisock.4242", Mode: "0700", Owner: "33"},
		record.Leftover{Kind: leftover.File, Name: "/run/httpd/sparse", Mode: "0644", Size: largestArchive + 1, Owner: "33"},
	))
}
