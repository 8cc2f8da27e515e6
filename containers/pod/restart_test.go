package pod_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/containers/pod"
)

// What test(1) and ipcs(1) find in the next incarnation, for each RestartAs.
func TestWhatARestartKeeps(t *testing.T) {
	type kept struct{ Layer, Volume, Tmpfs, Shm, Segment bool }
	for mode, want := range map[string]kept{
		pod.Host:       {Layer: true, Volume: true, Tmpfs: true, Shm: true, Segment: true},
		pod.Docker:     {Layer: true, Volume: true},
		pod.Kubernetes: {Volume: true, Tmpfs: true, Shm: true, Segment: true},
		pod.Bare:       {Layer: true, Volume: true},
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			ctx, b := newBench(t)
			g := NewWithT(t)
			b.spec.RestartAs = mode
			b.spec.Volumes = []string{"/volume"}
			b.spec.Tmpfs = map[string]string{"/memory": "size=1m"}
			b.spec.ShmSize = 8 << 20
			b.spec.Files = []pod.File{{Content: []byte("hello\n"), To: "/etc/copied/file", Mode: 0o640}}
			p := b.start(ctx, t)
			first, err := p.Up(ctx, pod.UpOptions{})
			g.Expect(err).NotTo(HaveOccurred())
			shell := func(script string) string {
				exit, out, err := p.ExecTarget(ctx, []string{"sh", "-c", script})
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(exit).To(BeZero(), out)
				return out
			}
			shell("touch /left /volume/left /memory/left /dev/shm/left && ipcmk -M 4096")
			g.Expect(shell("df --output=size -k /dev/shm | tail -1; stat -c %a /etc/copied/file; cat /etc/copied/file")).
				To(MatchRegexp(`^\s*8192\n640\nhello\n$`))
			g.Expect(p.Kill(ctx)).To(Succeed())
			second, err := p.Up(ctx, pod.UpOptions{})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(second.StartTime).To(BeNumerically(">", first.StartTime))
			if mode == pod.Bare {
				g.Expect([]int{first.PID, second.PID}).To(Equal([]int{1, 1}))
			}
			has := func(path string) bool {
				exit, _, err := p.ExecTarget(ctx, []string{"test", "-e", path})
				g.Expect(err).NotTo(HaveOccurred())
				return exit == 0
			}
			got := kept{
				Layer: has("/left"), Volume: has("/volume/left"), Tmpfs: has("/memory/left"), Shm: has("/dev/shm/left"),
				Segment: shell("ipcs -m | grep -c 0x || true") == "1\n",
			}
			g.Expect(got).To(Equal(want))
			g.Expect(shell("cat /etc/copied/file")).To(Equal("hello\n"))
		})
	}
}

func TestAStopIsCleanAndSaysHowItEnded(t *testing.T) {
	ctx, b := newBench(t)
	g := NewWithT(t)
	b.spec.Command = []string{"apache2", "-D", "FOREGROUND", "-c", "ErrorLog /proc/self/fd/2"}
	p := b.start(ctx, t)
	_, err := p.Up(ctx, pod.UpOptions{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Eventually(func() (string, error) { return p.Logs(ctx) }, 10*time.Second).Should(ContainSubstring("resuming normal operations"))
	exit, err := p.Stop(ctx, "TERM", 10*time.Second)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(exit).To(BeZero())
	last := b.events[len(b.events)-1]
	g.Expect(last.Incarnation.How).To(Equal("stopped"))
	// The next incarnation's log has no line of the last one.
	_, err = p.Up(ctx, pod.UpOptions{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Eventually(func() (string, error) { return p.Logs(ctx) }, 10*time.Second).Should(ContainSubstring("resuming normal operations"))
	g.Expect(p.Logs(ctx)).NotTo(ContainSubstring("shutting down"))
}

func TestATargetThatEndsAtOnceIsSeenWithItsPID(t *testing.T) {
	ctx, b := newBench(t)
	g := NewWithT(t)
	b.spec.Command = []string{"false"}
	p := b.start(ctx, t)
	for range 5 {
		got, err := p.Up(ctx, pod.UpOptions{PID: 777})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(got.PID).To(Equal(777))
		g.Expect(got.StartTime).NotTo(BeZero())
		g.Eventually(func() (bool, error) { running, _, _, err := p.State(ctx); return running, err }, 5*time.Second).Should(BeFalse())
		killing := time.Now()
		g.Expect(p.Kill(ctx)).To(Succeed())
		t.Logf("up in %.2f s, down in %v", got.Took, time.Since(killing).Round(time.Millisecond))
		last := b.events[len(b.events)-1].Incarnation
		g.Expect(last.How).To(Equal("exited"))
		g.Expect(last.Exit).To(Equal(1))
	}
}

func TestACommandThatIsNotThereIsNamed(t *testing.T) {
	ctx, b := newBench(t)
	g := NewWithT(t)
	b.spec.Command = []string{"/no/such/server"}
	p := b.start(ctx, t)
	_, err := p.Up(ctx, pod.UpOptions{PID: 777})
	g.Expect(err).To(MatchError(ContainSubstring("/no/such/server")))
	g.Expect(err).NotTo(MatchError(pod.ErrNotForced))
}
