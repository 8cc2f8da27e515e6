package pod_test

import (
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"golang.org/x/sync/errgroup"

	"stalemate/containers/pod"
)

// A run with eight targets starts eight pods at the same time.
func TestPodsStartSideBySide(t *testing.T) {
	ctx, b := newBench(t)
	g := NewWithT(t)
	const pods = 8
	started := time.Now()
	var group errgroup.Group
	addresses := make([]string, pods)
	for i := range pods {
		group.Go(func() error {
			spec := b.spec
			spec.Name = fmt.Sprintf("apache-%d", i)
			p, err := pod.Start(ctx, b.engine, spec, b.record)
			if err != nil {
				return err
			}
			t.Cleanup(func() { g.Expect(p.Close(ctx)).To(Succeed()) })
			addresses[i] = p.Address()
			_, err = p.Up(ctx, pod.UpOptions{PID: 4242})
			return err
		})
	}
	g.Expect(group.Wait()).To(Succeed())
	t.Logf("%d pods up, each with PID 4242, in %v", pods, time.Since(started).Round(10*time.Millisecond))
	seen := map[string]bool{}
	for _, address := range addresses {
		g.Expect(address).NotTo(BeEmpty())
		seen[address] = true
	}
	g.Expect(seen).To(HaveLen(pods))
}
