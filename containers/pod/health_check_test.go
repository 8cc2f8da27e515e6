package pod_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/moby/moby/api/types/container"
	. "github.com/onsi/gomega"

	"stalemate/containers/image"
	"stalemate/containers/pod"
)

// TestTheHealthCheckOfAnImage runs where nobody says otherwise. It is another client of the server.
func TestTheHealthCheckOfAnImage(t *testing.T) {
	t.Parallel()
	ctx, b := newBench(t)
	g := NewWithT(t)
	folder := t.TempDir()
	text := "ARG BASE\nFROM ${BASE}\nHEALTHCHECK --interval=1s CMD touch /tmp/checked\nCMD [\"sleep\", \"infinity\"]\n"
	g.Expect(os.WriteFile(filepath.Join(folder, "Dockerfile"), []byte(text), 0o600)).To(Succeed())
	built, err := image.New(b.engine, func(line string) { t.Log(line) }).Target(ctx, image.Source{Build: folder})
	g.Expect(err).NotTo(HaveOccurred())
	b.spec.Image = built.Ref
	for name, check := range map[string]pod.HealthCheck{"checked": pod.ImageHealthCheck, "unchecked": pod.NoHealthCheck} {
		b.spec.Name, b.spec.HealthCheck = name, check
		p := b.start(ctx, t)
		_, err := p.Up(ctx, pod.UpOptions{})
		g.Expect(err).NotTo(HaveOccurred())
		got, err := b.engine.Client().ContainerInspect(ctx, p.Names()["target"], inspectNothing)
		g.Expect(err).NotTo(HaveOccurred())
		if check == pod.NoHealthCheck {
			g.Expect(got.Container.State.Health).To(Or(BeNil(), HaveField("Status", container.NoHealthcheck)), name)
			continue
		}
		g.Expect(got.Container.State.Health).To(HaveField("Status", BeElementOf(container.Starting, container.Healthy)), name)
	}
}
