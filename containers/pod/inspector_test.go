package pod_test

import (
	"testing"

	"github.com/moby/moby/api/types/container"
	. "github.com/onsi/gomega"

	"stalemate/containers/leftover"
	"stalemate/containers/pod"
)

func TestAnInspectorIsThereWhenItIsAsked(t *testing.T) {
	ctx, b := newBench(t)
	g := NewWithT(t)
	b.spec.Inspector = pod.WhenAsked
	p := b.start(ctx, t)
	inspector := func() *container.State {
		got, err := b.engine.Client().ContainerInspect(ctx, p.Names()[string(pod.Inspector)], inspectNothing)
		g.Expect(err).NotTo(HaveOccurred())
		return got.Container.State
	}
	for range 2 {
		before := inspector().StartedAt
		up, err := p.Up(ctx, pod.UpOptions{PID: 4242})
		g.Expect(err).NotTo(HaveOccurred())
		_, err = p.Main(ctx)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(inspector().Running).To(BeFalse())
		g.Expect(inspector().StartedAt).To(Equal(before), "nothing was asked of it")

		list := leftover.Request{Root: "/proc/" + number(up.PID) + "/root", Dirs: []string{"/run/apache2"}}
		g.Eventually(func() ([]string, error) {
			seen, err := p.Leftovers(ctx, pod.Inspector, leftover.ToList, list)
			var names []string
			for _, l := range seen {
				names = append(names, l.Name)
			}
			return names, err
		}, "10s").Should(ContainElement("/run/apache2/apache2.pid"))
		g.Expect(inspector().Running).To(BeTrue())
		_, err = p.Exec(ctx, pod.Inspector, []string{"pod", "listeners"}, nil, nil)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(p.Kill(ctx)).To(Succeed())
		g.Expect(inspector().Running).To(BeFalse(), "what was started is waited for")
		_, err = p.Leftovers(ctx, pod.Inspector, leftover.ToList, list)
		g.Expect(err).To(MatchError(ContainSubstring("no incarnation is up")))
		_, err = p.Exec(ctx, pod.Inspector, []string{"pod", "listeners"}, nil, nil)
		g.Expect(err).To(MatchError(ContainSubstring("no incarnation is up")))
	}
}

func TestAnInspectorComesAtAMomentThatThereIs(t *testing.T) {
	ctx, b := newBench(t)
	b.spec.Inspector = "never"
	p, err := pod.Start(ctx, b.engine, b.spec, b.record)
	if err == nil {
		defer p.Close(ctx)
	}
	NewWithT(t).Expect(err).To(MatchError(ContainSubstring(`cannot come "never"`)))
}
