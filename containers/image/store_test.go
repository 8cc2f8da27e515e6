package image_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moby/moby/client"
	. "github.com/onsi/gomega"

	"stalemate/containers/engine"
	"stalemate/containers/image"
	"stalemate/reports/record"
)

func newStore(t *testing.T) (context.Context, *image.Store) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a container engine")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	e, err := engine.Connect(ctx)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { _ = e.Close() })
	return ctx, image.New(e, func(line string) { t.Log(line) })
}

func folder(g *WithT, dir, dockerfile string) string {
	g.Expect(os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(dockerfile), 0o600)).To(Succeed())
	return dir
}

func TestAFailingBuildNamesTheLineAndShowsTheLog(t *testing.T) {
	ctx, store := newStore(t)
	g := NewWithT(t)
	dir := folder(g, t.TempDir(), "ARG BASE\n# why\nFROM ${BASE}\n\nRUN echo one && \\\n    echo two\nRUN echo the reason >&2; exit 7\n")
	_, err := store.Target(ctx, image.Source{Build: dir})
	g.Expect(err).To(MatchError(ContainSubstring("Dockerfile:7: RUN:")))
	g.Expect(err).To(MatchError(ContainSubstring("the reason")))
	g.Expect(err).To(MatchError(ContainSubstring(dir)))
	_, err = store.Target(ctx, image.Source{Build: t.TempDir()})
	g.Expect(err).To(MatchError(ContainSubstring("has no Dockerfile")))
}

// The containers of two builds could leave the engine's default network at the same time.
func TestOneImageIsBuiltAtATime(t *testing.T) {
	ctx, store := newStore(t)
	g := NewWithT(t)
	unique := fmt.Sprintf(".%d", time.Now().UnixNano())
	var builds sync.WaitGroup
	for i := range 2 {
		dir := folder(g, t.TempDir(), fmt.Sprintf("ARG BASE\nFROM ${BASE}\nRUN sleep %d%s\n", i+1, unique))
		builds.Go(func() {
			if _, err := store.Target(ctx, image.Source{Build: dir}); err != nil {
				t.Errorf("build %d: %v", i, err)
			}
		})
	}
	done := make(chan struct{})
	go func() { builds.Wait(); close(done) }()
	seen, most := map[string]bool{}, 0
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for running := true; running; {
		select {
		case <-done:
			running = false
		case <-tick.C:
		}
		list, err := store.Engine.Client().ContainerList(ctx, client.ContainerListOptions{All: true})
		g.Expect(err).NotTo(HaveOccurred())
		now := 0
		for _, c := range list.Items {
			if strings.Contains(c.Command, unique) {
				seen[c.ID] = true
				now++
			}
		}
		most = max(most, now)
	}
	g.Expect(seen).To(HaveLen(2))
	g.Expect(most).To(Equal(1))
}

func TestAFolderIsBuiltOnceAndAgainWhenItChanges(t *testing.T) {
	ctx, store := newStore(t)
	g := NewWithT(t)
	// Differs from earlier runs of this test, whose image may still exist.
	text := fmt.Sprintf("ARG BASE\nFROM ${BASE}\nARG MORE=none\nRUN echo $MORE %d > /made\n", time.Now().UnixNano())
	dir := folder(g, t.TempDir(), text)
	var got [3]record.Image
	var wait sync.WaitGroup
	for i := range got {
		wait.Go(func() { got[i], _ = store.Target(ctx, image.Source{Build: dir}) })
	}
	wait.Wait()
	t.Cleanup(func() { remove(store, got[0].Ref) })
	g.Expect(got[0].Origin).To(Equal(image.FromBuild))
	g.Expect(got[1]).To(Equal(got[0]), "all callers got the one build")
	g.Expect(got[2]).To(Equal(got[0]))

	again := image.New(store.Engine, nil)
	same, err := again.Target(ctx, image.Source{Build: folder(g, t.TempDir(), text)})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(same.ID).To(Equal(got[0].ID))
	g.Expect(same.Origin).To(Equal(image.FromEngine))
	g.Expect(same.Took).To(BeNumerically("<", 1))

	other, err := again.Target(ctx, image.Source{Build: dir, Args: map[string]string{"MORE": "much"}})
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { remove(store, other.Ref) })
	g.Expect(other.ID).NotTo(Equal(same.ID))

	found, err := store.Engine.Client().ImageInspect(ctx, other.Ref)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(found.Config.Labels).To(HaveKeyWithValue(engine.LabelImage, "target"))
}

func remove(store *image.Store, ref string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, _ = store.Engine.Client().ImageRemove(ctx, ref, client.ImageRemoveOptions{Force: true})
}

func TestAnAbsentImageIsNamed(t *testing.T) {
	ctx, store := newStore(t)
	g := NewWithT(t)
	_, err := store.Target(ctx, image.Source{Image: "127.0.0.1:9/nobody/has:this"})
	g.Expect(err).To(MatchError(ContainSubstring("127.0.0.1:9/nobody/has:this is not in the engine and cannot be pulled")))
	_, err = store.Target(ctx, image.Source{})
	g.Expect(err).To(HaveOccurred())
}

func TestTheHelperIsMadeOnce(t *testing.T) {
	ctx, store := newStore(t)
	g := NewWithT(t)
	first, err := store.Helper(ctx)
	g.Expect(err).NotTo(HaveOccurred())
	again, err := image.New(store.Engine, nil).Helper(ctx)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(again).To(Equal(first))
	found, err := store.Engine.Client().ImageInspect(ctx, first)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(found.Config.User).To(Equal("65534"))
	g.Expect(found.Config.Entrypoint).To(Equal([]string{"/stalemate"}))
	g.Expect(found.Config.Labels).To(HaveKeyWithValue(engine.LabelImage, "helper"))
}
