//go:build linux

package mutants_test

import (
	"os"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
)

// TestAfterMutants holds connections to servers that close them on time. Some of them serve worse than before when the holds are
// over: that is seen in the cell after the holds, and in no other. Where a hold never ends, its own cell fails, and that after the
// holds does not fail for it.
func TestAfterMutants(t *testing.T) {
	long(t)
	mutants := map[string]struct {
		verdict record.Verdict
		says    string
	}{
		"healthy":             {record.Serves, "serves as many connections as before"},
		"healthy-prefork":     {record.Serves, "serves as many connections as before"},
		"healthy-supervised":  {record.Serves, "serves as many connections as before"},
		"healthy-slots":       {record.Serves, "serves as many connections as before"},
		"closes-tls-listener": {record.Degraded, "listener tls: measured no answer: dial"},
		"unavailable":         {record.Degraded, "status 503"},
		"loses-slots":         {record.Degraded, "measured 14 connections that the server serves at the same time; expected 16, as a fresh server"},
		"loses-two-slots":     {record.Degraded, "measured 14 connections that the server serves at the same time; expected 16, as a fresh server"},
		"tls-loses-web-slots": {record.Degraded, "measured 14 connections that the server serves at the same time; expected 16, as a fresh server"},
		"loses-workers":       {record.Degraded, "measured 6 connections that the server serves at the same time; expected 8, as a fresh server"},
		"leaks-closed":        {record.Degraded, "measured 2 connections in CLOSE-WAIT"},
		"keeps-worker":        {record.Serves, "serves as many connections as before"},
		"exit-0-single":       {record.Crashed, "the main process"},
		"exit-0-supervised":   {record.Crashed, "the server was started again: PID"},
	}
	var targets []*target.Target
	for name := range mutants {
		modes, capacity := "", 32 // silent
		if name == "tls-loses-web-slots" {
			capacity = 16 // of each listener
		}
		if name == "healthy" {
			modes = "silent, alone, later" // three pods, of which one holds twice
		}
		targets = append(targets, mutant{name: name, tls: strings.Contains(name, "tls"), capacity: capacity, stages: []string{"http.headers"}, modes: modes,
			limits: []string{`"*": {max: 4s}`}}.target(t))
	}
	done := carryOut(t, targets...)
	for name, m := range mutants {
		g := NewWithT(t)
		j := done.judged(name + "/after/serves")
		if j.Verdict == record.Inconclusive && os.Getenv(strict) == "" {
			t.Logf("%s: inconclusive on a busy machine: %s", name, j.Message)
			continue
		}
		g.Expect(j.Verdict).To(Equal(m.verdict), "%s: %s", name, j.Message)
		g.Expect(j.Message).To(ContainSubstring(m.says))
		g.Expect(j.Status).To(Equal(map[bool]record.Status{true: record.Passed, false: record.Failed}[m.verdict == record.Serves]))
		for _, cell := range done.cells(name) {
			if name == "keeps-worker" && !strings.HasSuffix(cell, "/after/serves") {
				g.Expect(done.judged(cell).Verdict).To(Equal(record.Never))
			} else if !strings.HasPrefix(name, "exit-") && !strings.HasSuffix(cell, "/after/serves") {
				g.Expect(done.judged(cell).Status).NotTo(Equal(record.Failed), "no other cell tells of it")
			}
		}
	}
}
