package pod_test

import (
	"context"
	"testing"
	"time"

	"github.com/moby/moby/client"
	. "github.com/onsi/gomega"

	"stalemate/containers/engine"
	"stalemate/containers/pod"
)

// The engine finishes a request that its client has cancelled. Close must come after that, or something is left behind.
func TestAStartThatIsAbandonedLeavesNothing(t *testing.T) {
	ctx, b := newBench(t)
	g := NewWithT(t)
	b.spec.Volumes = []string{"/data"}
	const step = 40 * time.Millisecond
	for i := range 12 {
		abandoned, cancel := context.WithTimeout(ctx, time.Duration(i)*step)
		p, err := pod.Start(abandoned, b.engine, b.spec, b.record)
		cancel()
		if err == nil {
			g.Expect(p.Close(ctx)).To(Succeed())
		}
	}
	left := func() []string {
		filters := make(client.Filters).Add("label", engine.LabelRun+"="+b.spec.Run)
		var names []string
		containers, err := b.engine.Client().ContainerList(ctx, client.ContainerListOptions{All: true, Filters: filters})
		g.Expect(err).NotTo(HaveOccurred())
		for _, c := range containers.Items {
			names = append(names, c.Names...)
		}
		networks, err := b.engine.Client().NetworkList(ctx, client.NetworkListOptions{Filters: filters})
		g.Expect(err).NotTo(HaveOccurred())
		for _, n := range networks.Items {
			names = append(names, n.Name)
		}
		return names
	}
	g.Consistently(left, 2*time.Second, 200*time.Millisecond).Should(BeEmpty())
}
