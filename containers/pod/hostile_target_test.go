package pod_test

import (
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/containers/pod"
)

// intrude tries, as root and as the user of stalemate's containers, to write into the standard output of every process of the PID
// namespace that does not belong to the target. It prints the names of those that it could write to.
const intrude = `for d in /proc/[0-9]*; do
  name=$(cat $d/comm 2>/dev/null) || continue
  case $name in stalemate|docker-init|tini) ;; *) continue ;; esac
  echo "saw $name"
  echo '{"stat":null}' 2>/dev/null >>$d/fd/1 && echo "wrote to $name as root"
  setpriv --reuid=65534 --regid=0 --clear-groups sh -c "echo '{\"stat\":null}' >>$d/fd/1" 2>/dev/null && echo "wrote to $name"
done; true`

// TestATargetCannotAnswerForTheHolder: a root target wrote an answer without a process to the holder's standard output, and
// stalemate dereferenced nil. With other words it could lie about PIDs.
func TestATargetCannotAnswerForTheHolder(t *testing.T) {
	for _, lives := range []pod.Lives{pod.Single, pod.Several} {
		t.Run("lives "+string(lives), func(t *testing.T) {
			ctx, b := newBench(t)
			g := NewWithT(t)
			b.spec.Lives = lives
			p := b.start(ctx, t)
			up, err := p.Up(ctx, pod.UpOptions{})
			g.Expect(err).NotTo(HaveOccurred())
			_, out, err := p.ExecTarget(ctx, []string{"bash", "-c", intrude})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(out).To(ContainSubstring("saw stalemate"), "the holder is there")
			g.Expect(out).NotTo(ContainSubstring("wrote to"))
			stat, err := p.Main(ctx)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(stat.PID).To(Equal(up.PID))
		})
	}
}

// TestAPodIsBounded: every container has a limit of memory, of processes and of its log, and none can open raw sockets.
func TestAPodIsBounded(t *testing.T) {
	ctx, b := newBench(t)
	g := NewWithT(t)
	b.spec.Services = []pod.Service{{Name: "app", Image: b.spec.Image}}
	b.spec.Roles = []pod.Role{pod.Witness}
	b.spec.Resources = pod.Resources{Memory: 100 << 20, Processes: 200}
	p := b.start(ctx, t)
	_, err := p.Up(ctx, pod.UpOptions{})
	g.Expect(err).NotTo(HaveOccurred())
	for name, id := range p.Names() {
		got, err := b.engine.Client().ContainerInspect(ctx, id, inspectNothing)
		g.Expect(err).NotTo(HaveOccurred())
		host := got.Container.HostConfig
		g.Expect(host.Memory).To(And(BeNumerically(">", 0), BeNumerically("<=", pod.DefaultMemory)), name)
		g.Expect(host.PidsLimit).To(HaveValue(And(BeNumerically(">", 0), BeNumerically("<=", pod.DefaultProcesses))), name)
		g.Expect(host.LogConfig.Config).To(HaveKey("max-size"), name)
		g.Expect(host.CapDrop).To(ContainElement(MatchRegexp("ALL|NET_RAW")), name)
		if name == string(pod.Target) {
			g.Expect(host.Memory).To(BeEquivalentTo(100 << 20))
			g.Expect(host.PidsLimit).To(HaveValue(BeEquivalentTo(200)))
		}
	}
	// A frame of the target's own making would reach the IPv6 link-local address of the engine's machine.
	_, out, err := p.ExecTarget(ctx, []string{"perl", "-e", `print socket(my $s, 17, 3, 0xdd86) ? "a raw socket" : "$!"`})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(out).To(Equal("Operation not permitted"))
	_, out, err = p.ExecTarget(ctx, []string{"sh", "-c", "grep -v ' lo$' /proc/net/if_inet6; true"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(strings.TrimSpace(out)).To(BeEmpty(), "the pod's interface has no IPv6 address")
	// The kernel kills the process that takes too much, and no other.
	short, err := p.OutOfMemory(ctx)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(short).To(BeFalse())
	exit, _, err := p.ExecTarget(ctx, []string{"perl", "-e", `my $x = "a" x (300 << 20); sleep 60`})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(exit).To(Equal(137))
	g.Eventually(func() (bool, error) { return p.OutOfMemory(ctx) }, 20*time.Second).Should(BeTrue())
}

// TestARawSocketIsForThoseWhoAsk: a target may say that it needs them.
func TestARawSocketIsForThoseWhoAsk(t *testing.T) {
	ctx, b := newBench(t)
	g := NewWithT(t)
	b.spec.Capabilities = []string{"CAP_NET_RAW"}
	p := b.start(ctx, t)
	_, err := p.Up(ctx, pod.UpOptions{})
	g.Expect(err).NotTo(HaveOccurred())
	_, out, err := p.ExecTarget(ctx, []string{"perl", "-e", `print socket(my $s, 17, 3, 0xdd86) ? "a raw socket" : "$!"`})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(out).To(Equal("a raw socket"))
}
