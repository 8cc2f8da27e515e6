package pod_test

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/moby/moby/client"
	. "github.com/onsi/gomega"

	"stalemate/containers/engine"
	"stalemate/containers/pod"
	"stalemate/reports/record/wire"
)

// stopper stops every other process of its PID namespace, but the first, again and again.
const stopper = `$| = 1; print "stops\n"; while (1) { kill "STOP", grep { $_ != 1 && $_ != $$ } map { m,(\d+), ? $1 : () } glob "/proc/[0-9]*" }`

// removedWithin is how long the removal of such a pod may take. Without the end of its PID namespace, it takes a minute and fails.
const removedWithin = 30 * time.Second

// A root target can stop the inspector, and a command that the engine is starting in it.
func TestATargetThatStopsTheHelpersDoesNotKeepItsPod(t *testing.T) {
	for name, lives := range map[string]pod.Lives{"with a holder": pod.Lives(""), "single": pod.Single} {
		t.Run(name, func(t *testing.T) {
			ctx, b := newBench(t)
			g := NewWithT(t)
			b.spec.Lives, b.spec.Command = lives, []string{"perl", "-e", stopper}
			p, err := pod.Start(ctx, b.engine, b.spec, b.record)
			g.Expect(err).NotTo(HaveOccurred())
			_, err = p.Up(ctx, pod.UpOptions{})
			g.Expect(err).NotTo(HaveOccurred())
			g.Eventually(func() (string, error) { return p.Logs(ctx) }, 20*time.Second).Should(ContainSubstring("stops"))
			asking, cancel := context.WithTimeout(ctx, 3*time.Second)
			defer cancel()
			g.Expect(p.Run(asking, pod.Inspector, wire.CommandListeners, nil, io.Discard)).NotTo(Succeed(), "nothing was stopped")

			began := time.Now()
			g.Expect(p.Close(ctx)).To(Succeed())
			g.Expect(time.Since(began)).To(BeNumerically("<", removedWithin))
			t.Logf("removed in %v", time.Since(began).Round(10*time.Millisecond))
			left, err := b.engine.Client().ContainerList(ctx, client.ContainerListOptions{
				All: true, Filters: make(client.Filters).Add("label", engine.LabelRun+"="+b.spec.Run),
			})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(left.Items).To(BeEmpty())
		})
	}
}
