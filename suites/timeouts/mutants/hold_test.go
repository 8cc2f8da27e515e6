//go:build linux

package mutants_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/containers/autopsy"
	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/run"
	"stalemate/suites/run/localpod"
	"stalemate/suites/timeouts"
)

func TestMain(m *testing.M) {
	localpod.Main()
	os.Exit(withBinaries(m))
}

// binaries is the folder of the programs that tests build.
var binaries string

func withBinaries(m *testing.M) int {
	folder, err := os.MkdirTemp("", "timeouts-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "make a folder for binaries:", err)
		return 1
	}
	defer os.RemoveAll(folder)
	binaries = folder
	return m.Run()
}

// idleTimeout is what really ends a keep-alive of the servers that have a limit.
const idleTimeout = time.Second

// held is a target of this test: Go's HTTP server on a port of this machine. The granularity is for busy machines.
func held(t *testing.T, name, idle, stage, limit string) *target.Target {
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
env: {%s: "127.0.0.1:%d", %s: %q}
capacity: 16
repeat: 2
cap: 5s
listeners:
  web: {port: %d, proto: http, stages: [%s], modes: [silent]}
limits:
  %s: {%s, granularity: 1500ms}
`, name, self, localpod.AddressVariable, port, localpod.IdleTimeoutVariable, idle, port, stage, stage, limit)
	one, err := target.Parse(filepath.Join(t.TempDir(), name+".yaml"), []byte(text), func(string) (string, bool) { return "", false })
	g.Expect(err).NotTo(HaveOccurred())
	return one
}

// TestWholeHolds carries a plan out as a run does, from the start of the pods to the verdicts, with servers of this machine.
func TestWholeHolds(t *testing.T) {
	g := NewWithT(t)
	targets := []*target.Target{
		held(t, "punctual", idleTimeout.String(), "http.keep-alive", "idle: 1s, by: IdleTimeout"),
		held(t, "false-limit", idleTimeout.String(), "http.keep-alive", "idle: 2s, by: IdleTimeout"),
		held(t, "endless", "", "http.headers", "absolute: 1s, by: ReadHeaderTimeout"),
	}
	p, err := plan.Make(targets, plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	path := filepath.Join(t.TempDir(), run.EventLog)
	log, err := record.CreateLog(path, "r", nil)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(log.Publish()).To(Succeed())
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	e := run.NewExecution(run.Config{RunID: "r", Log: log, Plan: p, Suites: []run.Suite{timeouts.Suite()},
		Images: localpod.Images{}, StartPod: localpod.Starter(t.TempDir())})
	e.Start(ctx)
	e.Wait()
	g.Expect(log.Close()).To(Succeed())
	judged := func(address string) record.Judgement {
		j, err := e.Result(ctx, address)
		g.Expect(err).NotTo(HaveOccurred())
		return j
	}

	fired := judged("punctual/web/http.keep-alive/silent")
	g.Expect(fired.Verdict).To(Equal(record.Fired), fired.Message)
	g.Expect(fired.Status).To(Equal(record.Passed))
	g.Expect(fired.Took).To(BeNumerically("~", idleTimeout.Seconds(), 1.5))

	early := judged("false-limit/web/http.keep-alive/silent")
	g.Expect(early.Verdict).To(Equal(record.Early), early.Message)
	g.Expect(early.Status).To(Equal(record.Failed))

	never := judged("endless/web/http.headers/silent")
	g.Expect(never.Verdict).To(Equal(record.Never), never.Message)
	g.Expect(never.Status).To(Equal(record.Failed))

	events, err := record.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	said := map[record.Kind]int{}
	for _, event := range events {
		said[event.Kind]++
		if event.Counts != nil {
			g.Expect(event.Counts.Connected).To(Equal(event.Counts.Planned))
		}
		if event.Kind == record.HoldProven {
			g.Expect(event.HoldInfo.PID).NotTo(Equal(os.Getpid()), "the server's process owns its socket, not the attacker's")
		}
	}
	const holds = 3 * 2
	g.Expect(said[record.HoldParked]).To(BeNumerically(">=", holds))
	g.Expect(said[record.HoldProven]).To(BeNumerically(">=", holds))
	g.Expect(said[record.WorkerFreed]).To(BeNumerically(">=", 2*2))
	// The mutant is a Go program: no thread of it waits for one connection, and it has no timer.
	g.Expect(said[record.AutopsyDone]).To(Equal(2))
	g.Expect(never.Evidence).To(HaveLen(2))
	g.Expect(never.Evidence).To(HaveEach(And(ContainSubstring(string(autopsy.EventLoop)), ContainSubstring("its threads: "))))
}
