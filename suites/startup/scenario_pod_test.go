package startup

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/containers/leftover"
	"stalemate/containers/pod"
	"stalemate/containers/proc"
	"stalemate/fixtures/target"
	"stalemate/fixtures/target/steps"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

func TestTheLeastAccessForTheSteps(t *testing.T) {
	g := NewWithT(t)
	plain, owned := []steps.Object{{Kind: leftover.File, Name: "/x"}}, []steps.Object{{Kind: leftover.File, Name: "/x"}, {Kind: leftover.File, Name: "/y", Owner: "33"}}
	for _, c := range []struct {
		leftovers target.Leftovers
		step      steps.Step
		want      pod.Access
	}{
		{target.Leftovers{}, &steps.Kill{}, pod.List},
		{target.Leftovers{}, &steps.Plant{Objects: plain}, pod.List},
		{target.Leftovers{}, &steps.Plant{Objects: owned}, pod.Give},
		{target.Leftovers{}, &steps.Remove{Objects: plain}, pod.Change},
		{target.Leftovers{}, &steps.IPCRM{}, pod.Change},
		{target.Leftovers{}, &steps.Empty{}, pod.Change},
		{target.Leftovers{Stranger: &target.Stranger{}}, &steps.Kill{}, pod.Change},
		{target.Leftovers{Daemon: "/run/d.pid"}, &steps.Kill{}, pod.Change},
	} {
		u := &scenarioPod{StartUnit: plan.StartUnit{Target: &target.Target{Leftovers: &c.leftovers},
			Cells: []*plan.Cell{{Scenario: &target.Scenario{Steps: []steps.Step{&steps.Start{}, c.step, &steps.Start{}}}}}}}
		g.Expect(u.access()).To(Equal(c.want), "%+v %+v", c.leftovers, c.step)
	}
}

func TestTheInspectorComesFirstWhereNumbersBesideTheMainProcessCount(t *testing.T) {
	g := NewWithT(t)
	for when, targets := range map[pod.When][]target.Leftovers{
		pod.BeforeTarget: {{Daemon: "/run/d.pid"}, {Stranger: &target.Stranger{}}},
		pod.WhenAsked:    {{}, {PID: 4242, RunDir: &target.RunDir{Path: "/run/app", On: "layer"}}},
	} {
		for _, l := range targets {
			u := &scenarioPod{StartUnit: plan.StartUnit{Target: &target.Target{Leftovers: &l}}}
			g.Expect(u.inspector()).To(Equal(when), "%+v", l)
			u.Target.RestartAs = pod.Bare
			g.Expect(u.inspector()).To(Equal(pod.WhenAsked), "%+v: it cannot be first", l)
		}
	}
}

func TestTheDeadLayerIsCopiedOnlyWhereAPlaceIsInIt(t *testing.T) {
	g := NewWithT(t)
	edge := &target.Target{RestartAs: pod.Host, Tmpfs: map[string]string{"/tmp": ""}}
	u := &scenarioPod{StartUnit: plan.StartUnit{Target: edge}}
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
		edge.Leftovers = &target.Leftovers{RunDir: &target.RunDir{Path: "/run/app", On: c.on}, Watch: c.watch}
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
		now  proc.Stat
		same bool
	}{
		{proc.Stat{PID: 4242, StartTime: 100, State: "S"}, true},
		{proc.Stat{PID: 4242, StartTime: 101, State: "S"}, false},
		{proc.Stat{PID: 4242, StartTime: 100, State: "Z"}, false},
	} {
		same, _ := sameProcess(was, c.now)
		g.Expect(same).To(Equal(c.same), "%+v", c.now)
	}
}
