//go:build faults

package acceptance_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/moby/moby/client"
	. "github.com/onsi/gomega"

	"stalemate/containers/engine"
	"stalemate/reports/record"
)

// held is a server that stalemate's helper image has: no image needs to be built or loaded. Its holds last 25 s.
const held = `version: 1
name: held
image: stalemate:helper
command: [pod, canary]
capacity: 16
cap: 30s
listeners:
  web: {port: 8080, proto: http, stages: [http.keep-alive]}
  mute: {port: 8081, proto: http, stages: [http.headers]}
ready: {within: 60s}
limits:
  http.keep-alive: {idle: 2s, by: IdleTimeout}
  http.headers: {at_least: 25s}
`

// The phases of a run at which faults happen, by an event in its log.
const (
	starting = `"kind":"pod.started"`
	waiting  = `"kind":"hold.parked"`
	judging  = `"kind":"cell.judged"`
)

// faulty is a run that something happens to.
type faulty struct {
	t       *testing.T
	engine  *secondEngine
	dir     string
	command *exec.Cmd
	out     bytes.Buffer
	ended   chan struct{}
}

// begin starts a run on the second engine. Its output goes to the writer, or else to out.
func begin(t *testing.T, e *secondEngine, file string, output io.Writer) *faulty {
	t.Helper()
	g := NewWithT(t)
	f := &faulty{t: t, engine: e, dir: t.TempDir(), ended: make(chan struct{})}
	path := filepath.Join(f.dir, "target.yaml")
	g.Expect(os.WriteFile(path, []byte(file), 0o600)).To(Succeed())
	f.command = exec.Command(binary(t), "check", "-f", path, "--out", f.dir, "--json", filepath.Join(f.dir, "reports", "report.json"))
	f.command.Env = append(os.Environ(), "DOCKER_HOST="+e.host())
	f.command.Stdout, f.command.Stderr = &f.out, &f.out
	if output != nil {
		f.command.Stdout, f.command.Stderr = output, output
	}
	g.Expect(f.command.Start()).To(Succeed())
	go func() {
		defer close(f.ended)
		_ = f.command.Wait() // exit reads the status
	}()
	t.Cleanup(func() {
		_ = f.command.Process.Kill()
		<-f.ended
	})
	return f
}

// reach waits for an event of the run.
func (f *faulty) reach(event string) {
	f.t.Helper()
	log := filepath.Join(f.dir, "events.jsonl")
	NewWithT(f.t).Eventually(func() string { text, _ := os.ReadFile(log); return string(text) }, 3*time.Minute, 20*time.Millisecond).
		Should(ContainSubstring(event))
}

// exit waits for the end of the run, and gives its exit status.
func (f *faulty) exit(within time.Duration) int {
	f.t.Helper()
	began := time.Now()
	NewWithT(f.t).Eventually(f.ended, within).Should(BeClosed())
	f.t.Logf("ended %v later with status %d", time.Since(began).Round(100*time.Millisecond), f.command.ProcessState.ExitCode())
	return f.command.ProcessState.ExitCode()
}

// summary is the run as its log has it.
func (f *faulty) summary() record.Summary {
	f.t.Helper()
	events, err := record.ReadFile(filepath.Join(f.dir, "events.jsonl"))
	NewWithT(f.t).Expect(err).NotTo(HaveOccurred())
	return record.Summarise(events)
}

// isInconclusive expects a run that ended within a time, is inconclusive, and has reports that say why.
func (f *faulty) isInconclusive(within time.Duration, why string) {
	f.t.Helper()
	g := NewWithT(f.t)
	g.Expect(f.exit(within)).To(Equal(3), f.out.String())
	s := f.summary()
	g.Expect(s.Exit()).To(Equal(3))
	g.Expect(s.Ended).To(BeTrue())
	text, err := os.ReadFile(filepath.Join(f.dir, "reports", "report.json"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(text)).To(ContainSubstring(why))
}

// leavesNothing expects that nothing has the run's label, and that its reaper has ended.
func (f *faulty) leavesNothing(within time.Duration) {
	f.t.Helper()
	g := NewWithT(f.t)
	id := runOf(f.t, filepath.Join(f.dir, "events.jsonl"))
	began := time.Now()
	g.Eventually(func() []string { return append(leftOn(f.engine, id), processesLeft(id)...) }, within, 300*time.Millisecond).Should(BeEmpty())
	f.t.Logf("left %v later: nothing", time.Since(began).Round(100*time.Millisecond))
}

// leftOn lists what the engine has of a run.
func leftOn(e *secondEngine, id string) []string {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	at, err := engine.At(e.host())
	if err != nil {
		return []string{err.Error()}
	}
	defer at.Close()
	mine := make(client.Filters).Add("label", engine.LabelRun+"="+id)
	containers, errC := at.Client().ContainerList(ctx, client.ContainerListOptions{All: true, Filters: mine})
	networks, errN := at.Client().NetworkList(ctx, client.NetworkListOptions{Filters: mine})
	volumes, errV := at.Client().VolumeList(ctx, client.VolumeListOptions{Filters: mine})
	if err := errors.Join(errC, errN, errV); err != nil {
		return []string{err.Error()}
	}
	var left []string
	for _, c := range containers.Items {
		left = append(left, "container "+strings.Join(c.Names, ","))
	}
	for _, n := range networks.Items {
		left = append(left, "network "+n.Name)
	}
	for _, v := range volumes.Items {
		left = append(left, "volume "+v.Name)
	}
	return left
}

// reaperOf is the PID of the run's reaper.
func (f *faulty) reaperOf() int {
	f.t.Helper()
	pid := childOf(f.command.Process.Pid)
	NewWithT(f.t).Expect(commandOf(pid)).To(ContainSubstring("pod reap"))
	return pid
}

// signal sends a signal to the run.
func (f *faulty) signal(s syscall.Signal) {
	f.t.Helper()
	NewWithT(f.t).Expect(f.command.Process.Signal(s)).To(Succeed())
}
