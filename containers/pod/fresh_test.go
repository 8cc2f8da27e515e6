package pod_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/containers/leftover"
	"stalemate/containers/pod"
)

// withoutReuse is a server that does not set SO_REUSEADDR and closes each connection first. Its connection stays in TIME_WAIT
// for a minute, in which no such server can listen in that network namespace.
const withoutReuse = `use IO::Socket::INET; $| = 1; open F, ">/memory/left"; defined shmget(0x5101, 56, 01600) or die "segment: $!";
my $s = IO::Socket::INET->new(LocalPort => 8080, Listen => 5) or print "no start: $@\n" and exit 1;
print "listens\n"; while (my $c = $s->accept) { close $c }`

// asked connects to it and reads until it closes.
const asked = `use IO::Socket::INET; my $c = IO::Socket::INET->new("127.0.0.1:8080") or die $@; 1 while <$c>;`

// What a network namespace keeps of a server is in the way of its successor exactly where the successor has that namespace.
func TestTimeWaitLastsAsLongAsTheNetworkNamespace(t *testing.T) {
	for mode, stays := range map[string]bool{pod.Host: true, pod.Kubernetes: true, pod.Docker: false, pod.Bare: false} {
		t.Run(mode, func(t *testing.T) {
			ctx, b := newBench(t)
			g := NewWithT(t)
			b.spec.User, b.spec.RestartAs, b.spec.Command = "33", mode, []string{"perl", "-e", withoutReuse}
			b.spec.Roles = []pod.Role{pod.Witness}
			b.spec.Tmpfs = map[string]string{"/memory": "mode=1777"}
			p := b.start(ctx, t)
			comesTo := func(says string) {
				t.Helper()
				_, err := p.Up(ctx, pod.UpOptions{})
				g.Expect(err).NotTo(HaveOccurred())
				g.Eventually(func() (string, error) { return p.Logs(ctx) }, 10*time.Second).Should(ContainSubstring(says))
			}
			ask := func() {
				t.Helper()
				exit, out, err := p.ExecTarget(ctx, []string{"perl", "-e", asked})
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(exit).To(BeZero(), out)
			}
			comesTo("listens")
			ask()
			g.Expect(p.Kill(ctx)).To(Succeed())
			comesTo(map[bool]string{true: "no start: ", false: "listens"}[stays])
			if !stays {
				ask()
			}
			g.Expect(p.Kill(ctx)).To(Succeed())

			g.Expect(p.Fresh(ctx)).To(Succeed())
			found, err := p.Leftovers(ctx, pod.Witness, leftover.ToList, leftover.Request{Dirs: []string{"/memory"}, IPC: true})
			g.Expect(err).NotTo(HaveOccurred())
			for _, l := range found {
				g.Expect(l.Kind).To(Equal(leftover.Directory), "%+v", l)
			}
			comesTo("listens")
			ask()
			g.Expect(p.Address()).NotTo(BeEmpty())
		})
	}
}

// A volume has what the image has there, outlives the container, and is another one in a fresh pod.
func TestAVolumeIsAnotherOneInAFreshPod(t *testing.T) {
	ctx, b := newBench(t)
	g := NewWithT(t)
	const place = "/etc/apache2/mods-enabled" // of the image
	b.spec.RestartAs, b.spec.Command, b.spec.Volumes = pod.Kubernetes, []string{"sleep", "infinity"}, []string{place}
	b.spec.Roles = []pod.Role{pod.Witness}
	p := b.start(ctx, t)
	shell := func(script string) {
		t.Helper()
		exit, out, err := p.ExecTarget(ctx, []string{"sh", "-c", script})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(exit).To(BeZero(), out)
	}
	witnessed := func() (names []string) {
		t.Helper()
		found, err := p.Leftovers(ctx, pod.Witness, leftover.ToList, leftover.Request{Dirs: []string{place}})
		g.Expect(err).NotTo(HaveOccurred())
		for _, l := range found {
			names = append(names, l.Name)
		}
		return names
	}
	up := func() {
		t.Helper()
		_, err := p.Up(ctx, pod.UpOptions{})
		g.Expect(err).NotTo(HaveOccurred())
	}
	up()
	ofImage := witnessed()
	g.Expect(len(ofImage)).To(BeNumerically(">", 1))
	shell("touch left " + place + "/left && touch /elsewhere")
	g.Expect(p.Kill(ctx)).To(Succeed())
	g.Expect(witnessed()).To(ContainElement(place + "/left"))
	up()
	shell("test -e " + place + "/left && test ! -e /elsewhere")
	shell("rm -r " + place + "/*")
	g.Expect(p.Kill(ctx)).To(Succeed())
	up()
	shell("test -z \"$(ls -A " + place + ")\"")
	g.Expect(p.Kill(ctx)).To(Succeed())
	g.Expect(p.Fresh(ctx)).To(Succeed())
	g.Expect(witnessed()).To(Equal(ofImage))
	up()
	shell("test ! -e " + place + "/left")
}
