package pod_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/containers/pod"
)

func TestAServerThatDoesNotStopInTimeRunsOn(t *testing.T) {
	ctx, b := newBench(t)
	g := NewWithT(t)
	b.spec.Command = []string{"perl", "-e", `$SIG{TERM} = "IGNORE"; $| = 1; print "deaf\n"; sleep 1 while 1`}
	p := b.start(ctx, t)
	_, err := p.Up(ctx, pod.UpOptions{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Eventually(func() (string, error) { return p.Logs(ctx) }, 10*time.Second).Should(ContainSubstring("deaf"))
	_, err = p.Stop(ctx, "", time.Second)
	g.Expect(err).To(MatchError(pod.ErrStillRuns))
	g.Expect(err).To(MatchError("the server still runs 1s after SIGTERM"))
	running, _, _, err := p.State(ctx)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(running).To(BeTrue())
	g.Expect(p.Kill(ctx)).To(Succeed())
	g.Expect(p.Incarnation().How).To(Equal(pod.Killed), "the death in the middle of a stop")
}
