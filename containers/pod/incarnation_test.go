package pod_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/containers/pod"
	"stalemate/reports/record"
)

func TestAHostKeepsLayerAndIPCThroughADeathWithTheSamePID(t *testing.T) {
	ctx, b := newBench(t)
	g := NewWithT(t)
	started := time.Now()
	p := b.start(ctx, t)
	t.Logf("pod started in %v", time.Since(started))
	const wanted = 4242
	first, err := p.Up(ctx, pod.UpOptions{PID: wanted})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(first.PID).To(Equal(wanted))
	t.Logf("up in %.2f s", first.Took)
	g.Eventually(func() (string, error) {
		_, out, err := p.ExecTarget(ctx, []string{"cat", "/run/apache2/apache2.pid"})
		return out, err
	}, 10*time.Second).Should(Equal("4242\n"))
	exit, out, err := p.ExecTarget(ctx, []string{"sh", "-c", "ipcmk -M 4096 && touch /dev/shm/left /run/left"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(exit).To(BeZero(), out)

	killing := time.Now()
	g.Expect(p.Kill(ctx)).To(Succeed())
	t.Logf("killed in %v", time.Since(killing))
	running, status, _, err := p.State(ctx)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(running).To(BeFalse())
	g.Expect(status).To(Equal(137))
	g.Expect(p.Incarnation().How).To(Equal(pod.Killed))
	g.Expect(p.Incarnation().Exit).To(Equal(137))

	second, err := p.Up(ctx, pod.UpOptions{PID: wanted})
	g.Expect(err).NotTo(HaveOccurred())
	t.Logf("up again in %.2f s", second.Took)
	g.Expect(second.PID).To(Equal(wanted))
	g.Expect(p.Incarnation().How).To(BeEmpty())
	g.Expect(second.StartTime).To(BeNumerically(">", first.StartTime))
	_, out, err = p.ExecTarget(ctx, []string{"sh", "-c", "ls /dev/shm /run; ipcs -m | grep -c 0x"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(out).To(MatchRegexp(`(?s)/dev/shm:\nleft\n.*/run:\n.*left\n.*\n1\n`))
	g.Expect(b.kinds()).To(Equal([]record.Kind{
		record.PodStarted, record.ForceAttempt, record.IncarnationStarted,
		record.IncarnationEnded, record.ForceAttempt, record.IncarnationStarted,
	}))
}

// A container that ends with an incarnation must not be on a network: see withoutEndpoint.
func TestOnlySandboxAttackerAndServicesAreOnANetwork(t *testing.T) {
	for _, mode := range []string{pod.Host, pod.Docker, pod.Bare} {
		t.Run(mode, func(t *testing.T) {
			ctx, b := newBench(t)
			g := NewWithT(t)
			b.spec.RestartAs = mode
			b.spec.Roles = []pod.Role{pod.Witness}
			b.spec.Services = []pod.Service{{Name: "app", Image: b.spec.Image}}
			p := b.start(ctx, t)
			_, err := p.Up(ctx, pod.UpOptions{})
			g.Expect(err).NotTo(HaveOccurred())
			var attached []string
			for name, id := range p.Names() {
				got, err := b.engine.Client().ContainerInspect(ctx, id, inspectNothing)
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(got.Container.State.Running).To(BeTrue(), name)
				if len(got.Container.NetworkSettings.Networks) > 0 {
					attached = append(attached, name)
					g.Expect(got.Container.NetworkSettings.Networks).To(HaveLen(1))
					for _, endpoint := range got.Container.NetworkSettings.Networks {
						g.Expect(endpoint.NetworkID).To(Equal(p.Network()), name)
					}
				} else {
					g.Expect(got.Container.HostConfig.NetworkMode.IsContainer()).To(BeTrue(), name)
				}
			}
			g.Expect(attached).To(ConsistOf("sandbox", "attacker", "service app"))
			if mode == pod.Bare {
				got, err := b.engine.Client().ContainerInspect(ctx, p.Names()[string(pod.Target)], inspectNothing)
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(got.Container.HostConfig.Init).To(HaveValue(BeFalse()), "the engine's default decides who is PID 1")
			}
			g.Expect(p.Kill(ctx)).To(Succeed())
		})
	}
}
