//go:build linux

package startup_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/containers/pod"
	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/run"
	"stalemate/suites/run/localpod"
	"stalemate/suites/startup"
)

func TestMain(m *testing.M) {
	localpod.Main()
	os.Exit(m.Run())
}

// started is a target of this test: Go's HTTP server on a port of this machine. A pid file that is there stops its start.
func started(t *testing.T, name, leftovers string) *target.Target {
	t.Helper()
	return startedWith(t, name, "10s", "", leftovers)
}

// startedWith is started with faults, variables of package localpod, and with the time that a start may take.
func startedWith(t *testing.T, name, within, faults, leftovers string) *target.Target {
	t.Helper()
	g := NewWithT(t)
	self, err := os.Executable()
	g.Expect(err).NotTo(HaveOccurred())
	port, err := localpod.FreePort()
	g.Expect(err).NotTo(HaveOccurred())
	text := fmt.Sprintf(`version: 1
name: %s
image: none
command: [%q]
env: {%s: "127.0.0.1:%d", %s: /run/app/app.pid, %s}
listeners: {web: {port: %d, proto: http}}
ready: {within: %s}
leftovers:
  run_dir: {path: /run/app, on: tmpfs}
  wait_for: [/run/app/app.pid]
  stays: 300ms
%s`, name, self, localpod.AddressVariable, port, localpod.PIDFileVariable, faults, port, within, leftovers)
	one, err := target.Parse(filepath.Join(t.TempDir(), name+".yaml"), []byte(text), func(string) (string, bool) { return "", false })
	g.Expect(err).NotTo(HaveOccurred())
	return one
}

// carriedOut is a run of the targets' scenarios that is over, from the start of the pods to the verdicts, with servers of this
// machine.
type carriedOut struct {
	execution *run.Execution
	log       string
}

func carryOut(t *testing.T, targets ...*target.Target) carriedOut {
	t.Helper()
	g := NewWithT(t)
	p, err := plan.Make(targets, plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	path := filepath.Join(t.TempDir(), run.EventLog)
	log, err := record.CreateLog(path, "r", nil)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(log.Publish()).To(Succeed())
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	e := run.NewExecution(run.Config{RunID: "r", Log: log, Plan: p, Suites: []run.Suite{startup.Suite()},
		Images: localpod.Images{}, StartPod: localpod.Starter(t.TempDir())})
	e.Start(ctx)
	e.Wait()
	g.Expect(log.Close()).To(Succeed())
	return carriedOut{e, path}
}

// judgement is that of a cell.
func (c carriedOut) judgement(t *testing.T, address string) record.Judgement {
	t.Helper()
	j, err := c.execution.Result(t.Context(), address)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return j
}

func TestWholeStarts(t *testing.T) {
	g := NewWithT(t)
	targets := []*target.Target{
		started(t, "known-bad", `  scenarios:
    leftover-removed:
      because: nothing is in the way
      steps:
        - {start: 0, expect: starts}
        - {kill: true, leaves: [pid-file /run/app/app.pid]}
        - {remove: [{kind: pid-file, name: /run/app/app.pid}]}
        - {start: 0, expect: starts}
    leftover:
      because: it takes the pid file for that of another
      control: leftover-removed
      steps:
        - {start: 0, expect: starts}
        - {kill: true, during: load, leaves: [pid-file /run/app/app.pid]}
        - {start: 0, expect: refuses, exit: 1, log: [already running]}
    planted:
      because: the pid file is not its own
      control: leftover-removed
      steps:
        - {plant: [{kind: pid-file, name: /run/app/app.pid, content: "1\n"}]}
        - {start: 0, expect: refuses, exit: 1}
`),
		started(t, "not-known", "  cycles: 2\n"),
	}
	run := carryOut(t, targets...)
	for address, want := range map[string]struct {
		verdict record.Verdict
		status  record.Status
	}{
		"known-bad/startup/leftover-removed":    {record.Starts, record.Passed},
		"known-bad/startup/leftover":            {record.Refuses, record.Passed},
		"known-bad/startup/planted":             {record.Refuses, record.Passed},
		"not-known/startup/" + target.CleanStop: {record.Starts, record.Passed},
		"not-known/startup/" + target.OtherPID:  {record.Refuses, record.Failed},
		"not-known/startup/" + target.SamePID:   {record.Refuses, record.Failed},
	} {
		j := run.judgement(t, address)
		g.Expect(j.Verdict).To(Equal(want.verdict), "%s: %s\n%q", address, j.Message, j.Evidence)
		g.Expect(j.Status).To(Equal(want.status), "%s: %s", address, j.Message)
		if want.verdict == record.Refuses {
			g.Expect(j.Evidence).To(ContainElement(And(ContainSubstring("refuses, exit status 1"), ContainSubstring("the port: "))))
		}
	}
	events, err := record.ReadFile(run.log)
	g.Expect(err).NotTo(HaveOccurred())
	ended := map[string]int{}
	for _, event := range events {
		if event.Kind == record.IncarnationEnded {
			ended[event.Incarnation.How]++
		}
	}
	// Each refused start has exited; each clean stop was one; each unclean death, and each server that ran on, was killed.
	g.Expect(ended).To(Equal(map[string]int{pod.Exited: 6, pod.Stopped: 2, pod.Killed: 6}))
}
