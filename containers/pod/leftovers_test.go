package pod_test

import (
	"context"
	"testing"

	"github.com/moby/moby/client"
	. "github.com/onsi/gomega"

	"stalemate/containers/leftover"
	"stalemate/containers/pod"
)

// The witness answers before, between and after incarnations, the inspector during one. Neither needs an exec for a question.
func TestLeftoversAreToldWithoutAProcessForEach(t *testing.T) {
	ctx, b := newBench(t)
	g := NewWithT(t)
	b.spec.Roles = []pod.Role{pod.Witness}
	b.spec.Tmpfs = map[string]string{"/memory": ""}
	p := b.start(ctx, t)
	object := []leftover.Object{{Kind: leftover.File, Name: "/memory/left", Content: "x"}}
	planted, err := p.Leftovers(ctx, pod.Witness, leftover.ToPlant, leftover.Request{Objects: object})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(planted).To(HaveLen(1))
	up, err := p.Up(ctx, pod.UpOptions{PID: 4242})
	g.Expect(err).NotTo(HaveOccurred())
	live := leftover.Request{Root: "/proc/" + number(up.PID) + "/root", Dirs: []string{"/memory"}}
	seen, err := p.Leftovers(ctx, pod.Inspector, leftover.ToList, live)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(seen).To(ContainElement(And(HaveField("Name", "/memory/left"), HaveField("Inode", planted[0].Inode))))
	g.Expect(p.Kill(ctx)).To(Succeed())
	_, err = p.Leftovers(ctx, pod.Inspector, leftover.ToList, live)
	g.Expect(err).To(MatchError(ContainSubstring("no incarnation is up")))
	_, err = p.Leftovers(ctx, pod.Witness, leftover.ToPlant, leftover.Request{Objects: object})
	g.Expect(err).To(MatchError(ContainSubstring("file exists")), "a failed request does not end the conversation")
	seen, err = p.Leftovers(ctx, pod.Witness, leftover.ToList, leftover.Request{Dirs: []string{"/memory"}})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(seen).To(HaveLen(2))
	for _, role := range []pod.Role{pod.Witness, pod.Inspector} {
		got, err := b.engine.Client().ContainerInspect(ctx, p.Names()[string(role)], inspectNothing)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(got.Container.ExecIDs).To(BeEmpty())
	}
}

func TestAWitnessThatHasEndedIsAskedAgain(t *testing.T) {
	ctx, b := newBench(t)
	g := NewWithT(t)
	b.spec.Roles = []pod.Role{pod.Witness}
	b.spec.Tmpfs = map[string]string{"/memory": ""}
	p := b.start(ctx, t)
	object := leftover.Request{Objects: []leftover.Object{{Kind: leftover.File, Name: "/memory/left"}}}
	_, err := p.Leftovers(ctx, pod.Witness, leftover.ToPlant, object)
	g.Expect(err).NotTo(HaveOccurred())
	over, end := context.WithCancel(ctx)
	end()
	_, err = p.Leftovers(over, pod.Witness, leftover.ToList, object)
	g.Expect(err).To(MatchError(context.Canceled))
	_, err = b.engine.Client().ContainerKill(ctx, p.Names()[string(pod.Witness)], client.ContainerKillOptions{Signal: "KILL"})
	g.Expect(err).NotTo(HaveOccurred())
	list := leftover.Request{Dirs: []string{"/memory"}}
	_, err = p.Leftovers(ctx, pod.Witness, leftover.ToList, list)
	g.Expect(err).To(MatchError(ContainSubstring("the witness")), "nobody knows whether it was done")
	seen, err := p.Leftovers(ctx, pod.Witness, leftover.ToList, list)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(seen).To(HaveLen(2), "what it sees outlives it")
}
