//go:build linux

package mutants_test

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/run"
	"stalemate/suites/run/localpod"
	"stalemate/suites/timeouts"
)

// mutants is the server of fixtures/mutants, built once for all tests.
var mutants = sync.OnceValues(func() (string, error) { return localpod.BuildMutants(binaries) })

// mutant is a target of one mutation. The text has the listeners' other keys under web and tls, and the limits.
type mutant struct {
	name     string   // of the mutation
	stages   []string // of both listeners, silent
	tls      bool     // it has a TLS listener, too
	repeat   int      // default 2
	capacity int      // default 16
	limits   []string // "http.headers: {absolute: 1s}"
	modes    string   // default silent
}

func (m mutant) target(t *testing.T) *target.Target {
	t.Helper()
	g := NewWithT(t)
	program, err := mutants()
	g.Expect(err).NotTo(HaveOccurred())
	listeners, command := "", []string{program, m.name, "-stdin"}
	for _, l := range []struct{ name, proto string }{{"web", "http"}, {"tls", "https"}} {
		if l.name == "tls" && !m.tls {
			continue
		}
		port, err := localpod.FreePort()
		g.Expect(err).NotTo(HaveOccurred())
		command = append(command, "-"+l.name, fmt.Sprintf("%s:%d", localpod.AddressOfPod, port))
		listeners += fmt.Sprintf("  %s: {port: %d, proto: %s, stages: [%s], modes: [%s]}\n", l.name, port, l.proto, strings.Join(m.stages, ", "), cmp.Or(m.modes, "silent"))
	}
	text := fmt.Sprintf("version: 1\nname: %s\nimage: none\ncommand: [%s]\ncapacity: %d\nrepeat: %d\nrequest: {host: mutant.test, path: /, body: /, large: /large}\nlisteners:\n%slimits:\n  %s\n",
		m.name, `"`+strings.Join(command, `", "`)+`"`, max(m.capacity, 16), max(m.repeat, 2), listeners, strings.Join(m.limits, "\n  "))
	one, err := target.Parse(filepath.Join(t.TempDir(), m.name+".yaml"), []byte(text), func(string) (string, bool) { return "", false })
	g.Expect(err).NotTo(HaveOccurred(), text)
	return one
}

// long is for tests that hold connections for a minute or more. The fast tests have one whole run, TestWholeHolds.
func long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes a minute")
	}
	t.Parallel()
}

// carriedOut is a run of targets on this machine that is over.
type carriedOut struct {
	t         *testing.T
	execution *run.Execution
	events    []record.Event
}

// carryOut carries out the cells of the targets, as a run does.
func carryOut(t *testing.T, targets ...*target.Target) carriedOut {
	t.Helper()
	g := NewWithT(t)
	p, err := plan.Make(targets, plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	path := filepath.Join(t.TempDir(), run.EventLog)
	log, err := record.CreateLog(path, "r", nil)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(log.Publish()).To(Succeed())
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	e := run.NewExecution(run.Config{RunID: "r", Log: log, Plan: p, Suites: []run.Suite{timeouts.Suite()},
		Images: localpod.Images{}, StartPod: localpod.Starter(t.TempDir())})
	e.Start(ctx)
	e.Wait()
	g.Expect(log.Close()).To(Succeed())
	events, err := record.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	return carriedOut{t, e, events}
}

// cells are the addresses of a target's cells.
func (c carriedOut) cells(target string) []string {
	var all []string
	for _, e := range c.events {
		if e.Kind == record.CellJudged && strings.HasPrefix(e.Cell, target+"/") {
			all = append(all, e.Cell)
		}
	}
	NewWithT(c.t).Expect(all).NotTo(BeEmpty())
	return all
}

// judged is the judgement of a cell.
func (c carriedOut) judged(address string) record.Judgement {
	c.t.Helper()
	j, err := c.execution.Result(c.t.Context(), address)
	NewWithT(c.t).Expect(err).NotTo(HaveOccurred())
	c.t.Logf("%s: %s: %s", address, j.Status, j.Message)
	return j
}

// heldAgain says whether a cell's holds were made more than once.
func (c carriedOut) heldAgain(address string) bool {
	return slices.ContainsFunc(c.events, func(e record.Event) bool {
		return e.Kind == record.Observed && e.Cell == address && strings.HasPrefix(e.Note, "held again: ")
	})
}

// TestALateWorkerIsTheProcessThatStillHasTheSocket: a child inherited the connection's descriptor, and keeps the socket that the
// server has closed.
func TestALateWorkerIsTheProcessThatStillHasTheSocket(t *testing.T) {
	long(t)
	g := NewWithT(t)
	held := []string{"http.headers: {absolute: 1s, worker: 1s, granularity: 1500ms}"}
	done := carryOut(t,
		mutant{name: "leaks-descriptor", stages: []string{"http.headers"}, limits: held}.target(t),
		mutant{name: "healthy", stages: []string{"http.headers"}, limits: held}.target(t))
	late := done.judged("leaks-descriptor/web/http.headers/silent")
	g.Expect(late.Verdict).To(Equal(record.LateWorker))
	g.Expect(done.judged("healthy/web/http.headers/silent").Verdict).To(Equal(record.Fired))
	for _, e := range done.events {
		if e.Kind == record.HoldProven && strings.HasPrefix(e.Cell, "leaks-descriptor/") {
			g.Expect(late.Message).NotTo(ContainSubstring("PID %d ", e.HoldInfo.PID), "the server has closed its descriptor")
		}
	}
	g.Expect(late.Message).To(MatchRegexp(`PID \d+ \(mutants\) still owned the socket \d\.\d\d s after the release`))
}
