package pod_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/container"
	. "github.com/onsi/gomega"

	"stalemate/containers/inspect"
	"stalemate/containers/leftover"
	"stalemate/containers/pod"
	"stalemate/reports/record/wire"
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
		_, err = pod.AskAll[inspect.Listener](ctx, p, pod.Inspector, wire.CommandListeners, nil)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(p.Kill(ctx)).To(Succeed())
		g.Expect(inspector().Running).To(BeFalse(), "what was started is waited for")
		_, err = p.Leftovers(ctx, pod.Inspector, leftover.ToList, list)
		g.Expect(err).To(MatchError(ContainSubstring("no incarnation is up")))
		_, err = pod.AskAll[inspect.Listener](ctx, p, pod.Inspector, wire.CommandListeners, nil)
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
	NewWithT(t).Expect(err).To(MatchError(ContainSubstring(`the inspector cannot start "never"`)))
}

// With bare a helper's PID would be among those of the server's children.
func TestNoHelperTakesAPIDOfABareServer(t *testing.T) {
	ctx, b := newBench(t)
	g := NewWithT(t)
	b.spec.Inspector, b.spec.RestartAs = pod.WhenAsked, pod.Bare
	b.spec.Command = []string{"sh", "-c", "while sleep 0.1; do sh -c 'echo child $$'; done"}
	p := b.start(ctx, t)
	for range 2 {
		up, err := p.Up(ctx, pod.UpOptions{})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(up.PID).To(Equal(1))
		var children []int
		g.Eventually(func() (int, error) {
			log, err := p.Logs(ctx)
			children = nil
			for line := range strings.Lines(log) {
				var child int
				if _, err := fmt.Sscanf(line, "child %d\n", &child); err == nil {
					children = append(children, child)
				}
			}
			return len(children), err
		}, "20s").Should(BeNumerically(">", 15))
		for i, child := range children {
			g.Expect(child).To(Equal(children[0]+2*i), "each sleep and each child has one PID, after those of the engine's start")
		}
		now, err := p.Main(ctx)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(p.Incarnation().StartTime).To(Equal(now.StartTime))
		g.Expect(now.StartTime).NotTo(BeZero())
		seen, err := p.Leftovers(ctx, pod.Inspector, leftover.ToList, leftover.Request{Root: "/proc/1/root", Dirs: []string{"/run/apache2"}})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(seen).NotTo(BeEmpty())
		g.Expect(p.Kill(ctx)).To(Succeed())
		_, err = p.Leftovers(ctx, pod.Inspector, leftover.ToList, leftover.Request{Root: "/proc/1/root"})
		g.Expect(err).To(MatchError(ContainSubstring("no incarnation is up")))
	}
}
