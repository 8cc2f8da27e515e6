package engine

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"testing"
	"time"

	apiimage "github.com/moby/moby/api/types/image"
	"github.com/moby/moby/client"
	. "github.com/onsi/gomega"
)

func TestOwnNamesLeaveOthersAlone(t *testing.T) {
	g := NewWithT(t)
	g.Expect(ownNames(apiimage.Summary{ID: "sha256:a", RepoTags: []string{"stalemate/base:bookworm", "mine:1"}})).To(Equal([]string{"stalemate/base:bookworm"}))
	g.Expect(ownNames(apiimage.Summary{ID: "sha256:a", RepoTags: []string{"mine:1"}})).To(BeEmpty(), "built on one of stalemate's, and somebody else's")
	g.Expect(ownNames(apiimage.Summary{ID: "sha256:a", RepoTags: []string{"<none>:<none>"}})).To(Equal([]string{"sha256:a"}))
	g.Expect(ownNames(apiimage.Summary{ID: "sha256:a"})).To(Equal([]string{"sha256:a"}))
}

// TestCleanTouchesNothingOfALiveRun passes everything for alive but what it has made itself: other runs may use this engine.
func TestCleanTouchesNothingOfALiveRun(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a container engine")
	}
	g := NewWithT(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	e, err := Connect(ctx)
	g.Expect(err).NotTo(HaveOccurred())
	defer e.Close()
	raw := make([]byte, 6)
	_, err = rand.Read(raw)
	g.Expect(err).NotTo(HaveOccurred())
	id := hex.EncodeToString(raw)
	dead, live, kind := "dead-"+id, "live-"+id, "test-"+id
	for _, run := range []string{dead, live} {
		_, err := e.client.VolumeCreate(ctx, client.VolumeCreateOptions{Name: "stalemate-" + run, Labels: map[string]string{LabelRun: run}})
		g.Expect(err).NotTo(HaveOccurred())
		t.Cleanup(func() {
			_ = e.Remove(context.WithoutCancel(ctx), make(client.Filters).Add("label", LabelRun+"="+run))
		})
	}
	tag := "stalemate/clean-test:" + id
	response, err := e.client.ImageImport(ctx, client.ImageImportSource{Source: emptyRoot(t), SourceName: "-"}, tag,
		client.ImageImportOptions{Changes: []string{"LABEL " + LabelImage + "=" + kind}})
	g.Expect(err).NotTo(HaveOccurred())
	_, err = io.Copy(io.Discard, response)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(response.Close()).To(Succeed())

	notDead := func() (map[string]bool, error) {
		runs, err := e.runs(ctx)
		alive := map[string]bool{}
		for run := range runs {
			alive[run] = run != dead
		}
		delete(alive, dead)
		return alive, err
	}
	done, err := e.Clean(ctx, CleanOptions{Alive: notDead, Image: kind})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(done.Removed).To(ConsistOf("volume stalemate-" + dead + " of run " + dead))
	g.Expect(done.Kept).To(ContainElements(ContainSubstring("volume stalemate-"+live), ContainSubstring("the images, since a live run may need them")))
	_, err = e.client.VolumeInspect(ctx, "stalemate-"+live, client.VolumeInspectOptions{})
	g.Expect(err).NotTo(HaveOccurred(), "the volume of the live run still exists")
	_, err = e.client.ImageInspect(ctx, tag)
	g.Expect(err).NotTo(HaveOccurred(), "images are kept while a run is alive")

	var images Cleaned
	g.Expect(e.cleanImages(ctx, kind, &images)).To(Succeed())
	g.Expect(images.Removed).To(ConsistOf(HavePrefix("image " + tag)))
	_, err = e.client.ImageInspect(ctx, tag)
	g.Expect(err).To(HaveOccurred())
}

func emptyRoot(t *testing.T) io.Reader {
	t.Helper()
	var out bytes.Buffer
	archive := tar.NewWriter(&out)
	NewWithT(t).Expect(archive.WriteHeader(&tar.Header{Name: "empty", Mode: 0o644, Typeflag: tar.TypeReg})).To(Succeed())
	NewWithT(t).Expect(archive.Close()).To(Succeed())
	return &out
}
