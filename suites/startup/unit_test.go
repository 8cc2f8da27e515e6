package startup

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/containers/leftover"
	"stalemate/containers/pid"
	"stalemate/containers/pod"
	"stalemate/fixtures"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

func TestAScenarioFindsNothingOfTheOneBefore(t *testing.T) {
	g := NewWithT(t)
	u := &unit{StartUnit: plan.StartUnit{Target: &fixtures.Target{
		Tmpfs:     map[string]string{"/var/lib/app": "", "/tmp": ""},
		Leftovers: &fixtures.Leftovers{RunDir: &fixtures.RunDir{Path: "/run/app", On: "tmpfs"}},
	}}}
	g.Expect(u.outlives()).To(ContainElements(
		leftover.Object{Kind: leftover.SysVShm, Name: "*"}, leftover.Object{Kind: leftover.PosixShm, Name: "*"},
		leftover.Object{Kind: leftover.File, Name: "/tmp/*"}, leftover.Object{Kind: leftover.File, Name: "/var/lib/app/*"},
		leftover.Object{Kind: leftover.File, Name: "/run/app/*"}))
	u.Target.Leftovers.RunDir.On = "layer"
	g.Expect(u.outlives()).NotTo(ContainElement(HaveField("Name", "/run/app/*")), "it goes with the layer")
}

func TestTheInspectorComesFirstWhereNumbersBesideTheMainProcessCount(t *testing.T) {
	g := NewWithT(t)
	for when, targets := range map[pod.When][]fixtures.Leftovers{
		pod.BeforeTarget: {{Daemon: "/run/d.pid"}, {Stranger: true}},
		pod.WhenAsked:    {{}, {PID: 4242, RunDir: &fixtures.RunDir{Path: "/run/app", On: "layer"}}},
	} {
		for _, l := range targets {
			u := &unit{StartUnit: plan.StartUnit{Target: &fixtures.Target{Leftovers: &l}}}
			g.Expect(u.inspector()).To(Equal(when), "%+v", l)
		}
	}
}

func TestTheDeadLayerIsCopiedOnlyWhereAPlaceIsInIt(t *testing.T) {
	g := NewWithT(t)
	target := &fixtures.Target{RestartAs: pod.Host, Tmpfs: map[string]string{"/tmp": ""}}
	u := &unit{StartUnit: plan.StartUnit{Target: target}}
	for _, c := range []struct {
		on             string
		watch          []string
		witness, layer []string
	}{
		{"tmpfs", nil, []string{"/run/app"}, nil},
		{"layer", nil, nil, []string{"/run/app"}},
		{"own-tmpfs", nil, nil, []string{"/run/app"}},
		{"tmpfs", []string{"/run/app/locks", "/tmp"}, []string{"/run/app/locks", "/tmp"}, nil},
		{"tmpfs", []string{"/run/app", "/var/lib/app"}, []string{"/run/app"}, []string{"/var/lib/app"}},
	} {
		target.Leftovers = &fixtures.Leftovers{RunDir: &fixtures.RunDir{Path: "/run/app", On: c.on}, Watch: c.watch}
		r, layer := u.atRest()
		g.Expect(r.IPC).To(BeTrue())
		g.Expect(r.Dirs).To(Equal(c.witness), "%+v", c)
		g.Expect(layer).To(Equal(c.layer), "%+v", c)
	}
}

func TestAnAimThatMissedLeavesNothingInTheWay(t *testing.T) {
	g := NewWithT(t)
	onTmpfs := func(name string) bool { return strings.HasPrefix(name, "/run/") }
	g.Expect(removable([]record.Leftover{
		{Kind: leftover.PosixShm, Name: "/dev/shm/ShM.1"}, {Kind: leftover.SysVShm, Name: "id 3", Key: "0x12345678"},
		{Kind: leftover.SysVShm, Name: "id 4", Key: "0x00000000"}, {Kind: leftover.File, Name: "/run/a"}, {Kind: leftover.File, Name: "/var/b"},
	}, onTmpfs)).To(Equal([]leftover.Object{
		{Kind: leftover.PosixShm, Name: "ShM.1"}, {Kind: leftover.SysVShm, Key: "0x12345678"}, {Kind: leftover.File, Name: "/run/a"}}))
}

func TestTheLogIsAskedForThePIDsOfItsIncarnation(t *testing.T) {
	g := NewWithT(t)
	log := []string{"AH01762", "shm.${pid}", "shm.${daemon}"}
	g.Expect(filled(log, 4242, 4249)).To(Equal([]string{"AH01762", "shm.4242", "shm.4249"}))
	g.Expect(filled(log, 4242, 0)).To(Equal([]string{"AH01762", "shm.4242", "shm.${daemon}"}), "a daemon that was never seen is not found in the log")
	g.Expect(log[1]).To(Equal("shm.${pid}"), "the file's own is not touched")
}

func TestAnotherProcessIsNotTheOneThatWasStarted(t *testing.T) {
	g := NewWithT(t)
	was := record.Incarnation{PID: 4242, StartTime: 100}
	for _, c := range []struct {
		now  pid.Stat
		same bool
	}{
		{pid.Stat{PID: 4242, StartTime: 100, State: "S"}, true},
		{pid.Stat{PID: 4242, StartTime: 101, State: "S"}, false},
		{pid.Stat{PID: 4242, StartTime: 100, State: "Z"}, false},
	} {
		same, _ := sameProcess(was, c.now)
		g.Expect(same).To(Equal(c.same), "%+v", c.now)
	}
}
