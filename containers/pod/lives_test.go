package pod_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/containers/pod"
)

func TestASingleIncarnationHasItsPIDFromTheSandbox(t *testing.T) {
	for _, mode := range []string{pod.Host, pod.Docker, pod.Kubernetes} {
		t.Run(mode, func(t *testing.T) {
			ctx, b := newBench(t)
			g := NewWithT(t)
			b.spec.RestartAs, b.spec.Lives = mode, pod.Single
			p := b.start(ctx, t)
			g.Expect(p.Names()).NotTo(HaveKey(string(pod.Holder)))
			up, err := p.Up(ctx, pod.UpOptions{})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(up.PID).To(BeNumerically(">", 300), "as in any pod")
			now, err := p.Main(ctx)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(now.StartTime).To(Equal(up.StartTime))

			got, err := b.engine.Client().ContainerInspect(ctx, p.Names()[string(pod.Target)], inspectNothing)
			g.Expect(err).NotTo(HaveOccurred())
			sandbox := "container:" + p.Names()[string(pod.Sandbox)]
			host := got.Container.HostConfig
			g.Expect([]string{string(host.PidMode), string(host.IpcMode), string(host.NetworkMode)}).To(HaveEach(sandbox))
			got, err = b.engine.Client().ContainerInspect(ctx, p.Names()[string(pod.Sandbox)], inspectNothing)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(got.Container.Config.StdinOnce).To(BeFalse(), "it must not leave the network by itself when the harness is killed")
			g.Expect(got.Container.HostConfig.CapAdd).To(BeEmpty())

			g.Expect(p.Kill(ctx)).To(MatchError(pod.ErrSingle))
			_, err = p.Stop(ctx, "", testWithin)
			g.Expect(err).To(MatchError(pod.ErrSingle))
			running, _, _, err := p.State(ctx)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(running).To(BeTrue())
		})
	}
	t.Run(pod.Bare, func(t *testing.T) {
		ctx, b := newBench(t)
		g := NewWithT(t)
		b.spec.RestartAs, b.spec.Lives = pod.Bare, pod.Single
		p := b.start(ctx, t)
		up, err := p.Up(ctx, pod.UpOptions{})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(up.PID).To(Equal(1))
		g.Expect(p.Kill(ctx)).To(Succeed())
	})
}
