package layer

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	. "github.com/onsi/gomega"

	"stalemate/containers/leftover"
	"stalemate/reports/record"
)

// A container that was never started has a layer too. Its image holds one empty folder.
func TestLayerOfADeadContainer(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a container engine")
	}
	g := NewWithT(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	engine, err := client.New(client.FromEnv)
	g.Expect(err).NotTo(HaveOccurred())
	defer engine.Close()

	var root bytes.Buffer
	w := tar.NewWriter(&root)
	for _, dir := range []string{"run/", "run/httpd/"} {
		g.Expect(w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir, Mode: 0o755})).To(Succeed())
	}
	g.Expect(w.Close()).To(Succeed())
	const ref = "stalemate-test/empty:layer"
	imported, err := engine.ImageImport(ctx, client.ImageImportSource{Source: &root, SourceName: "-"}, ref, client.ImageImportOptions{})
	g.Expect(err).NotTo(HaveOccurred())
	_, err = io.Copy(io.Discard, imported)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(imported.Close()).To(Succeed())
	made, err := engine.ContainerCreate(ctx, client.ContainerCreateOptions{
		Config: &container.Config{Image: ref, Cmd: []string{"/nothing"}, Labels: map[string]string{"stalemate.test": "layer"}},
	})
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		engine, err := client.New(client.FromEnv) // that of the test is closed by now
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		defer engine.Close()
		_, err = engine.ContainerRemove(ctx, made.ID, client.ContainerRemoveOptions{Force: true})
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		_, err = engine.ImageRemove(ctx, ref, client.ImageRemoveOptions{})
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
	})

	g.Expect(Plant(ctx, engine, made.ID,
		leftover.Object{Kind: leftover.PIDFile, Name: "/run/httpd/httpd.pid", Content: "4242\n", Mode: "0644"},
		leftover.Object{Kind: leftover.Lock, Name: "/run/httpd/x.lock", UID: 33, GID: 33},
	)).To(Succeed())
	found, err := Changed(ctx, engine, made.ID, "/run/httpd")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(names(found)).To(Equal([]string{"/run/httpd", "/run/httpd/x.lock", "/run/httpd/httpd.pid"}))
	g.Expect(found[2].Holds).To(Equal(4242))
	g.Expect(found[2].Mode).To(Equal("0644"))

	g.Expect(Remove(ctx, engine, made.ID, "/run/httpd/httpd.pid")).To(Succeed())
	found, err = List(ctx, engine, made.ID, nil, "/run")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(names(found)).To(Equal([]string{"/run", "/run/httpd", "/run/httpd/x.lock"}))
	g.Expect(found[2]).To(And(HaveField("Mode", "0600"), HaveField("Owner", "33")))

	g.Expect(EmptyDir(ctx, engine, made.ID, "/run/httpd")).To(Succeed())
	found, err = Changed(ctx, engine, made.ID, "/run/httpd")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(names(found)).To(BeElementOf([]string{"/run/httpd"}, []string(nil)))
	found, err = List(ctx, engine, made.ID, nil, "/run/httpd")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(names(found)).To(Equal([]string{"/run/httpd"}))
}

func names(list []record.Leftover) []string {
	var all []string
	for _, l := range list {
		all = append(all, l.Name)
	}
	return all
}
