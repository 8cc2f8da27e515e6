package pod_test

import (
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/containers/pod"
)

func TestOneProcessOfAnotherUserIsKilled(t *testing.T) {
	ctx, b := newBench(t)
	g := NewWithT(t)
	b.spec.User = "33:33"
	b.spec.Command = []string{"perl", "-e", `$| = 1; if (my $child = fork) { print "child $child\n"; waitpid $child, 0; print "lost it\n" } sleep 1 while 1`}
	p := b.start(ctx, t)
	up, err := p.Up(ctx, pod.UpOptions{PID: 4242})
	g.Expect(err).NotTo(HaveOccurred())
	logs := func() (string, error) { return p.Logs(ctx) }
	// The engine's threads take PIDs between the main process and its child.
	child := 0
	g.Eventually(func() (int, error) {
		text, err := logs()
		_, _ = fmt.Sscanf(text, "child %d\n", &child)
		return child, err
	}, 10*time.Second).Should(BeNumerically(">", 4242))
	g.Expect(p.KillProcess(ctx, child)).To(Succeed())
	g.Eventually(logs, 10*time.Second).Should(ContainSubstring("lost it"))
	now, err := p.Main(ctx)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(now.StartTime).To(Equal(up.StartTime), "no other process is killed")
	g.Expect(p.KillProcess(ctx, child)).NotTo(Succeed(), "it is gone")
}
