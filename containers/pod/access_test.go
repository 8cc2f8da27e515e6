package pod_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"stalemate/containers/leftover"
	"stalemate/containers/pod"
	"stalemate/reports/record"
)

// ofItsOwn is a server that is not root, with objects that only their owner may list, change or remove.
const ofItsOwn = `$| = 1; umask 0; mkdir "/memory/own", 0700; mkdir "/memory/sticky", 01777;
for ("/memory/own/a", "/memory/sticky/a", "/dev/shm/own", "/tmp/own/a") { mkdir "/tmp/own", 0700; open F, ">$_" or die "$_: $!"; close F }
defined shmget(0x5101, 56, 01600) && defined semget(0x5102, 1, 01600) && defined msgget(0x5103, 01600) or die $!;
print "made\n"; sleep 600`

// Inspector and witness list, plant and remove what another user than root owns, each with the least capabilities for it.
func TestObjectsOfAnotherUser(t *testing.T) {
	for access, reaches := range map[pod.Access]struct{ lists, removes, gives bool }{
		pod.Own: {}, pod.List: {lists: true}, pod.Change: {lists: true, removes: true}, pod.Give: {lists: true, removes: true, gives: true},
	} {
		t.Run("access "+string(access), func(t *testing.T) {
			ctx, b := newBench(t)
			g := NewWithT(t)
			b.spec.User, b.spec.Command, b.spec.Access = "33:33", []string{"perl", "-e", ofItsOwn}, access
			b.spec.Roles = []pod.Role{pod.Witness}
			b.spec.Tmpfs = map[string]string{"/memory": "mode=1777"}
			p := b.start(ctx, t)
			up, err := p.Up(ctx, pod.UpOptions{PID: 4242})
			g.Expect(err).NotTo(HaveOccurred())
			g.Eventually(func() (string, error) { return p.Logs(ctx) }, "10s").Should(Equal("made\n"))
			do := func(role pod.Role, verb leftover.Verb, r leftover.Request) ([]record.Leftover, error) {
				if role == pod.Inspector {
					r.Root = "/proc/" + number(up.PID) + "/root"
				}
				return p.Leftovers(ctx, role, verb, r)
			}
			done := func(can bool) types.GomegaMatcher {
				if can {
					return Succeed()
				}
				return MatchError(Or(ContainSubstring("permission denied"), ContainSubstring("not permitted")))
			}
			inDir := leftover.Request{Dirs: []string{"/memory/own"}}
			for _, role := range []pod.Role{pod.Inspector, pod.Witness} {
				name := "/memory/own/" + string(role)
				seen, err := do(role, leftover.ToList, inDir)
				if reaches.lists {
					g.Expect(err).NotTo(HaveOccurred())
					g.Expect(seen).To(ContainElement(HaveField("Name", "/memory/own/a")))
				} else {
					g.Expect(seen).NotTo(ContainElement(HaveField("Name", "/memory/own/a")))
				}
				_, err = do(role, leftover.ToPlant, leftover.Request{Objects: []leftover.Object{{Kind: leftover.File, Name: name}}})
				g.Expect(err).To(done(reaches.lists), "%s plants", role)
				given, err := do(role, leftover.ToPlant, leftover.Request{Objects: []leftover.Object{{Kind: leftover.Socket, Name: name + "-given", UID: 33, GID: 44}}})
				g.Expect(err).To(done(reaches.gives), "%s gives a file", role)
				if reaches.gives {
					g.Expect(given[0].Owner).To(Equal("33"))
				}
			}
			segment := leftover.Object{Kind: leftover.SysVShm, Key: "0x5104", UID: 33, GID: 44}
			given, err := do(pod.Witness, leftover.ToPlant, leftover.Request{Objects: []leftover.Object{segment}})
			g.Expect(err).To(done(reaches.gives), "the witness gives a segment")
			if reaches.gives {
				g.Expect(given[0].Owner).To(Equal("33"))
			}

			seen, err := do(pod.Inspector, leftover.ToList, leftover.Request{Dirs: []string{"/tmp/own"}})
			g.Expect(err == nil && len(seen) == 2).To(Equal(reaches.lists), "%v %v", seen, err)
			_, err = do(pod.Inspector, leftover.ToRemove, leftover.Request{Objects: []leftover.Object{{Kind: leftover.File, Name: "/tmp/own/a"}}})
			g.Expect(err).To(done(reaches.lists), "the inspector removes from the owner's directory")
			g.Expect(p.Kill(ctx)).To(Succeed())
			for _, object := range []leftover.Object{{Kind: leftover.SysVShm, Key: "0x5101"}, {Kind: leftover.SysVSem, Key: "0x5102"},
				{Kind: leftover.SysVMsg, Key: "0x5103"}, {Kind: leftover.File, Name: "/memory/sticky/a"}} {
				removed, err := do(pod.Witness, leftover.ToRemove, leftover.Request{Objects: []leftover.Object{object}})
				g.Expect(err).To(done(reaches.removes), "the witness removes %+v", object)
				g.Expect(removed).To(HaveLen(map[bool]int{true: 1}[reaches.removes]), "%+v", object)
			}

			granted := b.events[0].PodInfo.Capabilities
			for _, role := range []pod.Role{pod.Inspector, pod.Witness} {
				got, err := b.engine.Client().ContainerInspect(ctx, p.Names()[string(role)], inspectNothing)
				g.Expect(err).NotTo(HaveOccurred())
				for _, c := range got.Container.HostConfig.CapAdd {
					g.Expect(granted).To(ContainElement(string(role)+":"+strings.TrimPrefix(c, "CAP_")), "the report names every capability")
				}
			}
		})
	}
}
