//go:build faults

package acceptance_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/moby/moby/client"
	. "github.com/onsi/gomega"

	"stalemate/containers/engine"
	"stalemate/reports/record"
)

const (
	// runEndsWithin bounds a run whose engine fails: what it takes anyway, and a minute.
	runEndsWithin = 2 * time.Minute
	// hurriedWithin bounds the end after a second signal.
	hurriedWithin = 15 * time.Second
	// cleanWithin bounds the removal, from when the engine answers.
	cleanWithin = 2 * time.Minute
)

// TestFaultsOfTheEngine lets the engine fail in each way and at each phase. The run must end, be inconclusive with a report, and
// leave nothing when the engine is back.
func TestFaultsOfTheEngine(t *testing.T) {
	e := startSecondEngine(t)
	for _, phase := range []struct{ name, event string }{{"start", starting}, {"wait", waiting}, {"judge", judging}} {
		t.Run("killed for 21 s/"+phase.name, func(t *testing.T) {
			f := begin(t, e, held, nil)
			f.reach(phase.event)
			e.end(syscall.SIGKILL)
			back := time.NewTimer(21 * time.Second)
			<-back.C
			e.start()
			f.isInconclusive(runEndsWithin, "inconclusive")
			f.leavesNothing(cleanWithin)
		})
	}
	t.Run("stopped and started", func(t *testing.T) {
		f := begin(t, e, held, nil)
		f.reach(waiting)
		e.end(syscall.SIGTERM)
		e.start()
		f.isInconclusive(runEndsWithin, "inconclusive")
		f.leavesNothing(cleanWithin)
	})
	t.Run("frozen", func(t *testing.T) {
		f := begin(t, e, held, nil)
		f.reach(waiting)
		e.signal(syscall.SIGSTOP)
		f.isInconclusive(runEndsWithin, "has not answered for 45s")
		e.signal(syscall.SIGCONT)
		f.leavesNothing(cleanWithin)
	})
	t.Run("frozen and interrupted twice", func(t *testing.T) {
		f := begin(t, e, held, nil)
		f.reach(waiting)
		e.signal(syscall.SIGSTOP)
		f.signal(syscall.SIGINT)
		NewWithT(t).Consistently(f.ended, time.Second).ShouldNot(BeClosed())
		f.signal(syscall.SIGINT)
		f.isInconclusive(hurriedWithin, "interrupted twice")
		e.signal(syscall.SIGCONT)
		f.leavesNothing(cleanWithin)
	})
}

// TestFaultsOfHelpers kills each container of a pod, and the reaper, while connections are held.
func TestFaultsOfHelpers(t *testing.T) {
	e := startSecondEngine(t)
	for _, role := range []string{"attacker", "inspector", engine.RoleSandbox, engine.RoleTarget} {
		t.Run(role, func(t *testing.T) {
			f := begin(t, e, held, nil)
			f.reach(waiting)
			killRole(t, e, runOf(t, filepath.Join(f.dir, "events.jsonl")), role)
			status := f.exit(runEndsWithin)
			NewWithT(t).Expect(status).NotTo(BeZero(), f.out.String())
			NewWithT(t).Expect(f.summary().Exit()).To(Equal(status))
			f.leavesNothing(cleanWithin)
		})
	}
	t.Run("holder", func(t *testing.T) {
		f := begin(t, e, held+"leftovers: {pid: 4242, cycles: 2}\n", nil)
		f.reach(`"kind":"` + string(record.IncarnationStarted) + `","target":"held","pod":"held-startup`)
		killRole(t, e, runOf(t, filepath.Join(f.dir, "events.jsonl")), engine.RoleHolder)
		NewWithT(t).Expect(f.exit(2*runEndsWithin)).NotTo(BeZero(), f.out.String())
		f.leavesNothing(cleanWithin)
	})
	t.Run("reaper", func(t *testing.T) {
		f := begin(t, e, held, nil)
		f.reach(waiting)
		NewWithT(t).Expect(syscall.Kill(f.reaperOf(), syscall.SIGKILL)).To(Succeed())
		f.isInconclusive(runEndsWithin, "stop the reaper")
		f.leavesNothing(cleanWithin)
	})
}

// killRole kills the containers of a run that have a role.
func killRole(t *testing.T, e *secondEngine, id, role string) {
	t.Helper()
	g := NewWithT(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	at, err := engine.At(e.host())
	g.Expect(err).NotTo(HaveOccurred())
	defer at.Close()
	filters := make(client.Filters).Add("label", engine.LabelRun+"="+id, engine.LabelRole+"="+role)
	list, err := at.Client().ContainerList(ctx, client.ContainerListOptions{Filters: filters})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(list.Items).NotTo(BeEmpty())
	for _, c := range list.Items {
		_, err := at.Client().ContainerKill(ctx, c.ID, client.ContainerKillOptions{Signal: "KILL"})
		g.Expect(err).NotTo(HaveOccurred())
	}
}

// TestFaultsOfTheRun interrupts a run, takes its outputs away, and kills it next to another.
func TestFaultsOfTheRun(t *testing.T) {
	e := startSecondEngine(t)
	for name, s := range map[string]syscall.Signal{"SIGINT": syscall.SIGINT, "SIGTERM": syscall.SIGTERM, "SIGHUP": syscall.SIGHUP} {
		t.Run(name, func(t *testing.T) {
			f := begin(t, e, held, nil)
			f.reach(waiting)
			f.signal(s)
			f.isInconclusive(runEndsWithin, "interrupted by "+name)
			f.leavesNothing(cleanWithin)
		})
	}
	t.Run("SIGINT twice", func(t *testing.T) {
		f := begin(t, e, held, nil)
		f.reach(waiting)
		f.signal(syscall.SIGINT)
		f.reach(`"kind":"cell.judged"`) // the first was heard
		f.signal(syscall.SIGINT)
		f.isInconclusive(hurriedWithin, "interrupted by SIGINT")
		f.leavesNothing(cleanWithin)
	})
	t.Run("nobody reads the output", func(t *testing.T) {
		g := NewWithT(t)
		read, write, err := os.Pipe()
		g.Expect(err).NotTo(HaveOccurred())
		f := begin(t, e, held, write)
		g.Expect(read.Close()).To(Succeed())
		g.Expect(write.Close()).To(Succeed())
		g.Expect(f.exit(runEndsWithin)).To(Equal(3))
		g.Expect(f.summary().Exit()).To(BeZero(), "the cells passed; the report that nobody read is the fault")
		g.Expect(filepath.Join(f.dir, "reports", "report.json")).To(BeAnExistingFile())
		f.leavesNothing(cleanWithin)
	})
	t.Run("a report cannot be written", func(t *testing.T) {
		g := NewWithT(t)
		f := begin(t, e, held, nil)
		f.reach(waiting)
		g.Expect(os.RemoveAll(filepath.Join(f.dir, "reports"))).To(Succeed())
		g.Expect(os.WriteFile(filepath.Join(f.dir, "reports"), nil, 0o600)).To(Succeed())
		g.Expect(f.exit(runEndsWithin)).To(Equal(3), f.out.String())
		g.Expect(f.out.String()).To(And(ContainSubstring("PASS"), ContainSubstring("report.json")))
		f.leavesNothing(cleanWithin)
	})
	t.Run("killed next to another", func(t *testing.T) {
		g := NewWithT(t)
		killed, other := begin(t, e, held, nil), begin(t, e, held, nil)
		killed.reach(waiting)
		other.reach(starting)
		killed.signal(syscall.SIGKILL)
		killed.leavesNothing(cleanWithin)
		g.Expect(other.exit(runEndsWithin)).To(BeElementOf(0, 3), other.out.String()) // 3: a busy machine
		g.Expect(fmt.Sprint(other.summary().Problems)).NotTo(ContainSubstring("no such container"))
		other.leavesNothing(cleanWithin)
	})
}
