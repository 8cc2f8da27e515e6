package acceptance_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// silentTarget is a target whose server is never ready, in a file that allows it two minutes.
func silentTarget(t *testing.T) string {
	t.Helper()
	g := NewWithT(t)
	dir := t.TempDir()
	g.Expect(os.MkdirAll(filepath.Join(dir, "empty"), 0o755)).To(Succeed())
	g.Expect(os.WriteFile(filepath.Join(dir, "empty", "Dockerfile"), []byte("ARG BASE\nFROM ${BASE}\n"), 0o644)).To(Succeed())
	file := filepath.Join(dir, "silent.yaml")
	g.Expect(os.WriteFile(file, []byte(`version: 1
name: silent
build: empty
command: [sleep, "600"]
listeners: {web: {port: 8080, proto: http, stages: [tcp.connected, http.headers]}}
ready: {listener: web, within: 2m}
cap: 4s
limits: {"*": {max: 2s}}
`), 0o644)).To(Succeed())
	return file
}

// TestTheBudgetEndsTheRun has a run that takes longer than was planned: its server is never ready.
func TestTheBudgetEndsTheRun(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	g := NewWithT(t)
	began := time.Now()
	e := check(t, binary(t), "-f", silentTarget(t), "--budget", "35s")
	g.Expect(e.exit).To(Equal(3), e.out+e.errOut)
	g.Expect(time.Since(began)).To(BeNumerically("<", 110*time.Second), "the file allows two minutes")
	g.Expect(e.out).To(ContainSubstring("INCONCLUSIVE (the --budget of 35s ran out)"))
	g.Expect(strings.Count(e.out, "the --budget of 35s ran out before this cell was judged")).To(Equal(1), e.out)
	g.Expect(e.out).To(MatchRegexp(`cells +(all|silent)`), "what was not run is named")
	g.Expect(e.out).NotTo(MatchRegexp("context (canceled|deadline)"))
}

// TestInterruptedSaysInterruptedOnce interrupts a run as Ctrl-C does.
func TestInterruptedSaysInterruptedOnce(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	g := NewWithT(t)
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), runWithin)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary(t), "check", "-f", silentTarget(t), "--out", dir)
	var out bytes.Buffer
	cmd.Stdout = &out
	g.Expect(cmd.Start()).To(Succeed())
	log := filepath.Join(dir, "events.jsonl")
	g.Eventually(func() string { text, _ := os.ReadFile(log); return string(text) }, 5*time.Minute, 50*time.Millisecond).Should(ContainSubstring(`"kind":"target.not-ready"`))
	execute := runOf(t, log)
	g.Expect(cmd.Process.Signal(os.Interrupt)).To(Succeed())
	_ = cmd.Wait() // its exit status follows
	g.Expect(cmd.ProcessState.ExitCode()).To(Equal(3), out.String())
	g.Expect(strings.Count(out.String(), "interrupted by SIGINT before this cell was judged")).To(Equal(1), out.String())
	g.Expect(out.String()).To(And(ContainSubstring("INCONCLUSIVE (interrupted by SIGINT)"), Not(ContainSubstring("context canceled"))))
	g.Expect(leftOf(t, execute)).To(BeEmpty())
}

// TestAMissingImageIsToldOnceByTheCommand counts the cause in everything that is printed.
func TestAMissingImageIsToldOnceByTheCommand(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	g := NewWithT(t)
	file := filepath.Join(t.TempDir(), "shop.yaml")
	g.Expect(os.WriteFile(file, []byte("version: 1\nname: shop\nimage: stalemate.invalid/nobody/nothing:1\nlisteners:\n"+
		"  web: {port: 8080, proto: http}\n  tls: {port: 8443, proto: https}\nlimits: {\"*\": {max: 3s}}\n"), 0o644)).To(Succeed())
	e := check(t, binary(t), "-f", file)
	g.Expect(e.exit).To(Equal(3), e.out+e.errOut)
	g.Expect(strings.Count(e.out+e.errOut, "cannot be pulled")).To(Equal(1), e.out)
	g.Expect(e.out).To(MatchRegexp(`(?m)^inconclusive  \d\d cells of shop$`))
}
