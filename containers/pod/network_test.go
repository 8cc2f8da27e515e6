package pod_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/client"
	. "github.com/onsi/gomega"

	"stalemate/containers/binary"
	"stalemate/containers/image"
	"stalemate/containers/pod"
)

// withShell replaces the helper image by one that also has a shell, for a test that attacks with scripts.
func withShell(ctx context.Context, t *testing.T, b *bench) {
	t.Helper()
	g := NewWithT(t)
	path, err := binary.Helper(ctx, b.engine.Arch(), nil)
	g.Expect(err).NotTo(HaveOccurred())
	program, err := os.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	folder := t.TempDir()
	g.Expect(os.WriteFile(filepath.Join(folder, "program"), program, 0o600)).To(Succeed())
	g.Expect(os.WriteFile(filepath.Join(folder, "Dockerfile"), []byte(
		"ARG BASE\nFROM ${BASE}\nCOPY program /stalemate\nRUN chmod 755 /stalemate\nUSER 65534\nENTRYPOINT [\"/stalemate\"]\n"), 0o600)).To(Succeed())
	built, err := image.New(b.engine, nil).Target(ctx, image.Source{Build: folder})
	g.Expect(err).NotTo(HaveOccurred())
	b.spec.Helper = built.Ref
}

// bash runs a script in the attacker, and returns the lines of its output.
func bash(ctx context.Context, g *WithT, p *pod.Pod, script string) []string {
	_, out, err := pod.ExecIn(p, ctx, pod.Attacker, []string{"bash", "-c", script})
	g.Expect(err).NotTo(HaveOccurred())
	return strings.Split(strings.TrimSpace(out), "\n")
}

func TestTheAttackerReachesTheTargetAndNothingElse(t *testing.T) {
	ctx, b := newBench(t)
	g := NewWithT(t)
	withShell(ctx, t, b)
	b.spec.Services = []pod.Service{{Name: "app", Image: b.spec.Image}}
	p := b.start(ctx, t)
	_, err := p.Up(ctx, pod.UpOptions{})
	g.Expect(err).NotTo(HaveOccurred())
	for _, peer := range []string{p.Address(), "target", "app"} {
		g.Eventually(func() []string {
			return bash(ctx, g, p, "exec 3<>/dev/tcp/"+peer+"/80 || exit 0; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; head -1 <&3")
		}, 20*time.Second).Should(ConsistOf("HTTP/1.1 200 OK"), peer)
	}
	// The host listens on all its addresses. The attacker must reach none of them.
	listener, err := net.Listen("tcp4", "0.0.0.0:0")
	g.Expect(err).NotTo(HaveOccurred())
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	g.Expect(err).NotTo(HaveOccurred())
	for _, address := range machine(ctx, g, b, p) {
		g.Expect(bash(ctx, g, p, "timeout 2 bash -c 'exec 3<>/dev/tcp/"+address+"/"+port+"' 2>/dev/null && echo reached || echo not")).
			To(ConsistOf("not"), address)
	}
	for name, id := range p.Names() {
		got, err := b.engine.Client().ContainerInspect(ctx, id, inspectNothing)
		g.Expect(err).NotTo(HaveOccurred())
		for port, bindings := range got.Container.NetworkSettings.Ports {
			g.Expect(bindings).To(BeEmpty(), "%s of %s", port, name)
		}
	}
}

func TestAnAttackerThatVanishesLeavesTheServerConnected(t *testing.T) {
	ctx, b := newBench(t)
	g := NewWithT(t)
	withShell(ctx, t, b)
	p := b.start(ctx, t)
	_, err := p.Up(ctx, pod.UpOptions{})
	g.Expect(err).NotTo(HaveOccurred())
	// Established connections to port 80 (0050) of the target are in state 01.
	established := func() string {
		_, out, err := p.ExecTarget(ctx, []string{"sh", "-c", `awk '$2 ~ /:0050$/ && $4 == "01"' /proc/net/tcp | wc -l`})
		g.Expect(err).NotTo(HaveOccurred())
		return out
	}
	hold, end := context.WithCancel(ctx)
	defer end()
	go func() {
		_, _, _ = pod.ExecIn(p, hold, pod.Attacker, []string{"bash", "-c",
			"until exec 3<>/dev/tcp/target/80; do sleep 0.1; done 2>/dev/null; printf G >&3; sleep 60"})
	}()
	g.Eventually(established, 10*time.Second).Should(Equal("1\n"))
	before := p.Names()[string(pod.Attacker)]
	g.Expect(p.Vanish(ctx)).To(Succeed())
	g.Consistently(established, 2*time.Second).Should(Equal("1\n"))
	g.Expect(p.NewAttacker(ctx)).To(Succeed())
	g.Expect(p.Names()[string(pod.Attacker)]).NotTo(Equal(before))
	g.Expect(bash(ctx, g, p, "exec 3<>/dev/tcp/target/80; echo reached")).To(ConsistOf("reached"))
}

// machine lists the host addresses that a container might reach: the gateway of the pod's network, and the interfaces.
func machine(ctx context.Context, g *WithT, b *bench, p *pod.Pod) []string {
	var out []string
	network, err := b.engine.Client().NetworkInspect(ctx, p.Network(), client.NetworkInspectOptions{})
	g.Expect(err).NotTo(HaveOccurred())
	for _, config := range network.Network.IPAM.Config {
		out = append(out, config.Gateway.String())
	}
	addresses, err := net.InterfaceAddrs()
	g.Expect(err).NotTo(HaveOccurred())
	for _, address := range addresses {
		ip, _, err := net.ParseCIDR(address.String())
		g.Expect(err).NotTo(HaveOccurred())
		if ip.To4() != nil && !ip.IsLoopback() && len(out) < 3 {
			out = append(out, ip.String())
		}
	}
	return out
}
