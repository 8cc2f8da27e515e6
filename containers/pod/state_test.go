package pod_test

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/containers/pod"
)

func TestTheEndOfEachIncarnationIsTold(t *testing.T) {
	ctx, b := newBench(t)
	g := NewWithT(t)
	p := b.start(ctx, t)
	for range 2 {
		up, err := p.Up(ctx, pod.UpOptions{PID: 4242})
		g.Expect(err).NotTo(HaveOccurred())
		end := p.End(ctx)
		g.Consistently(end, 300*time.Millisecond).ShouldNot(Receive(), "it is about the present incarnation, not the last one")
		_, _, err = p.ExecTarget(ctx, []string{"kill", "-9", number(up.PID)})
		g.Expect(err).To(Or(BeNil(), MatchError(pod.ErrTakenAlong)))
		g.Eventually(end, 10*time.Second).Should(Receive(BeNil()))
		running, exit, _, err := p.State(ctx)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(running).To(BeFalse())
		g.Expect(exit).To(Equal(137))
		g.Eventually(p.End(ctx), 10*time.Second).Should(Receive(BeNil()), "a call after the end learns of it, too")
		g.Expect(p.Kill(ctx)).To(Succeed())
	}
	_, err := p.Up(ctx, pod.UpOptions{PID: 4242})
	g.Expect(err).NotTo(HaveOccurred())
	over, stop := context.WithCancel(ctx)
	end := p.End(over)
	stop()
	g.Eventually(end, 10*time.Second).Should(Receive(MatchError(context.Canceled)), "the end of ctx is not the end of the incarnation")
}
