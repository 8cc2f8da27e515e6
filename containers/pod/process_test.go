package pod_test

import (
	"testing"

	"github.com/moby/moby/client"
	. "github.com/onsi/gomega"

	"stalemate/containers/pod"
)

// The test kills the inspector during each incarnation. Only with Bare does the inspector answer for processes.
func TestAProcessIsToldByWhoHoldsTheNamespace(t *testing.T) {
	for mode, without := range map[string]bool{pod.Host: true, pod.Docker: true, pod.Bare: false} {
		t.Run(mode, func(t *testing.T) {
			ctx, b := newBench(t)
			g := NewWithT(t)
			b.spec.RestartAs = mode
			p := b.start(ctx, t)
			_, err := p.Main(ctx)
			g.Expect(err).To(MatchError(ContainSubstring("no incarnation is up")))
			for range 2 {
				up, err := p.Up(ctx, pod.UpOptions{})
				g.Expect(err).NotTo(HaveOccurred())
				now, err := p.Main(ctx)
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(now.StartTime).To(Equal(up.StartTime))
				_, err = p.Process(ctx, 1<<21)
				g.Expect(err).To(MatchError(pod.ErrGone))
				_, err = b.engine.Client().ContainerKill(ctx, p.Names()[string(pod.Inspector)], client.ContainerKillOptions{Signal: "KILL"})
				g.Expect(err).NotTo(HaveOccurred())
				_, err = p.Main(ctx)
				if without {
					g.Expect(err).NotTo(HaveOccurred())
				} else {
					g.Expect(err).To(MatchError(ContainSubstring("the inspector")))
					g.Expect(err).NotTo(MatchError(pod.ErrGone), "nobody could tell")
				}
				g.Expect(p.Kill(ctx)).To(Succeed())
			}
		})
	}
}
