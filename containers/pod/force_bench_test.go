package pod_test

import (
	"context"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	. "github.com/onsi/gomega"

	"stalemate/containers/engine"
	"stalemate/containers/pod"
)

const (
	forcedIncarnations = 300
	plainRestarts      = 20
	// expectedMedian, in seconds, is logged with the measured median. It is not asserted: the machine may be busy.
	expectedMedian = 0.7
	benchWithin    = 15 * time.Minute
)

// BenchmarkForcedIncarnations kills a server uncleanly and starts it with PID 4242 again, 300 times, while two processes
// outside the pod fork all the time. Each incarnation must have that PID, and another start time. It reports the median
// time in seconds, and as a ratio to `docker restart -t 0` of the same image on the same machine.
func BenchmarkForcedIncarnations(b *testing.B) {
	_, bench := newBench(b)
	g := NewWithT(b)
	ctx, cancel := context.WithTimeout(context.Background(), benchWithin)
	defer cancel()
	bench.spec.Name = "forced"
	p := bench.start(ctx, b)
	privileges(ctx, g, bench.engine, p)
	plain := restarts(ctx, b, bench)
	for range 2 {
		forker := exec.CommandContext(ctx, "sh", "-c", "while :; do /bin/true; sleep 0.01; done")
		g.Expect(forker.Start()).To(Succeed())
		defer func() { _ = forker.Wait() }()
		defer func() { _ = forker.Process.Kill() }()
	}
	b.ResetTimer()
	verified, lives, took := 0, map[uint64]bool{}, []float64(nil)
	for range forcedIncarnations {
		got, err := p.Up(ctx, pod.UpOptions{PID: 4242})
		g.Expect(err).NotTo(HaveOccurred())
		now, err := p.Main(ctx)
		g.Expect(err).NotTo(HaveOccurred())
		if now.PID == 4242 && now.StartTime == got.StartTime && !lives[got.StartTime] {
			verified++
		}
		lives[got.StartTime] = true
		took = append(took, got.Took)
		g.Expect(p.Kill(ctx)).To(Succeed())
	}
	g.Expect(verified).To(Equal(forcedIncarnations))
	median := medianOf(took)
	b.Logf("%d of %d incarnations had PID 4242; median %.2f s, expected at most %.1f s on an idle machine; %.1f times a plain restart (%.2f s)",
		verified, forcedIncarnations, median, expectedMedian, median/plain, plain)
	b.ReportMetric(float64(verified), "verified")
	b.ReportMetric(median, "s/incarnation")
	b.ReportMetric(median/plain, "plain-restarts/incarnation")
}

// privileges asserts that the PID holder has no capability and the target none beyond the engine's default.
func privileges(ctx context.Context, g *WithT, e *engine.Engine, p *pod.Pod) {
	of := func(role pod.Role) *container.HostConfig {
		got, err := e.Client().ContainerInspect(ctx, p.Names()[string(role)], client.ContainerInspectOptions{})
		g.Expect(err).NotTo(HaveOccurred())
		return got.Container.HostConfig
	}
	holder, target := of(pod.Holder), of(pod.Target)
	g.Expect(holder.CapDrop).To(ConsistOf("ALL"))
	g.Expect(holder.CapAdd).To(BeEmpty())
	g.Expect(holder.Privileged).To(BeFalse())
	g.Expect(target.CapAdd).To(BeEmpty())
	g.Expect(target.Privileged).To(BeFalse())
}

// restarts is the median time of plain restarts of the same image, in seconds.
func restarts(ctx context.Context, b *testing.B, bench *bench) float64 {
	g := NewWithT(b)
	c := bench.engine.Client()
	made, err := c.ContainerCreate(ctx, client.ContainerCreateOptions{
		Config: &container.Config{
			Image: bench.spec.Image, Labels: map[string]string{engine.LabelRun: bench.spec.Run}, NetworkDisabled: true,
		},
	})
	g.Expect(err).NotTo(HaveOccurred())
	defer func() {
		_, err := c.ContainerRemove(context.Background(), made.ID, client.ContainerRemoveOptions{Force: true})
		g.Expect(err).NotTo(HaveOccurred())
	}()
	_, err = c.ContainerStart(ctx, made.ID, client.ContainerStartOptions{})
	g.Expect(err).NotTo(HaveOccurred())
	at, took := 0, []float64(nil)
	for range plainRestarts {
		began := time.Now()
		_, err := c.ContainerRestart(ctx, made.ID, client.ContainerRestartOptions{Timeout: &at})
		g.Expect(err).NotTo(HaveOccurred())
		took = append(took, time.Since(began).Seconds())
	}
	return medianOf(took)
}

func medianOf(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
