//go:build linux

package mutants_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
)

// TestACrashIsTheVerdictOfTheHoldsThatItEnded: a server dies when a limit fires. The file's limits are met, because none of them
// is a lower bound.
func TestACrashIsTheVerdictOfTheHoldsThatItEnded(t *testing.T) {
	long(t)
	var targets []*target.Target
	limits := []string{`"*": {max: 6s}`}
	stages := []string{"http.headers", "http.keep-alive"}
	for _, name := range []string{"healthy", "crash-single", "exit-single", "exit-0-single", "exit-0-supervised"} {
		targets = append(targets, mutant{name: name, stages: stages, limits: limits}.target(t))
	}
	done := carryOut(t, targets...)
	for name, how := range map[string]string{
		"crash-single":      `the main process, PID \d+ \(mutants\) was killed by SIGSEGV \d\.\d\d s after the client was at its stage`,
		"exit-single":       `the main process, PID \d+ \(mutants\) exited with status 2 \d\.\d\d s after`,
		"exit-0-single":     `the main process, PID \d+ \(mutants\) exited with status 0 \d\.\d\d s after`,
		"exit-0-supervised": `process \d+ \(mutants\) exited with status 0 \d\.\d\d s after the client was at its stage, and [234] holds with it`,
	} {
		for _, stage := range stages {
			g := NewWithT(t)
			j := done.judged(name + "/web/" + stage + "/silent")
			g.Expect(j.Verdict).To(Equal(record.Crashed), j.Message)
			g.Expect(j.Status).To(Equal(record.Failed))
			g.Expect(j.Severity).To(Equal(record.High))
			g.Expect(j.Message).To(MatchRegexp(how))
			NewWithT(t).Expect(done.judged("healthy/web/" + stage + "/silent").Verdict).To(Equal(record.Fired))
		}
	}
}

// TestAWorkerThatCrashesDoesNotFire: the limits are exact, and the worker dies on time. A child that was forked for its connection
// may exit as it likes, and one of a pool with status 0.
func TestAWorkerThatCrashesDoesNotFire(t *testing.T) {
	long(t)
	var targets []*target.Target
	limits := []string{`http.headers: {absolute: 1s, granularity: 1500ms}`}
	expected := map[string]record.Verdict{"healthy-prefork": record.Fired, "healthy-forking": record.Fired, "exit-forking": record.Fired,
		"exit-0-prefork": record.Fired, "crash-prefork": record.Crashed, "crash-forking": record.Crashed, "exit-prefork": record.Crashed}
	for name := range expected {
		targets = append(targets, mutant{name: name, stages: []string{"http.headers"}, limits: limits}.target(t))
	}
	done := carryOut(t, targets...)
	for name, verdict := range expected {
		g := NewWithT(t)
		j := done.judged(name + "/web/http.headers/silent")
		g.Expect(j.Verdict).To(Equal(verdict), j.Message)
		if verdict == record.Crashed {
			g.Expect(j.Message).To(MatchRegexp(`process \d+ \(mutants\) (was killed by SIGSEGV|exited with status 2) \d\.\d\d s after the client was at its stage`))
		}
	}
}
