package acceptance_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/client"
	. "github.com/onsi/gomega"

	"stalemate/containers/engine"
)

// goneWithin is how long a killed harness may leave anything behind.
const goneWithin = 15 * time.Second

// tryMark is in the environment of every container of a build that a test began.
const tryMark = "STALEMATE_TRY="

// TestKilledHarnessLeavesNothing kills the harness with SIGKILL in each of its phases, three times each.
func TestKilledHarnessLeavesNothing(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	path := binary(t)
	for _, phase := range []struct {
		name  string
		event string // in the log, at which the kill comes
		fresh bool   // with an image that has to be built
	}{
		{name: "build", event: `"note":"building `, fresh: true},
		{name: "start", event: `"kind":"pod.started"`},
		{name: "wait", event: `"kind":"hold.parked"`},
		{name: "judge", event: `"kind":"cell.judged"`},
	} {
		for n := range 3 {
			t.Run(fmt.Sprintf("%s/%d", phase.name, n+1), func(t *testing.T) {
				fixture := filepath.Join(moduleRoot, "fixtures")
				if phase.fresh {
					fixture = fixturesCopy(t, "nginx/Dockerfile", "\nRUN ", fmt.Sprintf("\nENV %s%d-%d\nRUN ", tryMark, time.Now().UnixNano(), n))
				}
				killAt(t, path, filepath.Join(fixture, "nginx"), phase.event)
			})
		}
	}
}

// killAt starts a run, kills it when its log shows the event, and expects that
// nothing of it is left soon after.
func killAt(t *testing.T, path, fixture, event string) {
	t.Helper()
	g := NewWithT(t)
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), runWithin)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "check", "-f", fixture, "--out", dir, "--only", "nginx/web/*")
	g.Expect(cmd.Start()).To(Succeed())
	log := filepath.Join(dir, "events.jsonl")
	g.Eventually(func() string { text, _ := os.ReadFile(log); return string(text) }, time.Minute, 20*time.Millisecond).
		Should(ContainSubstring(event))
	execute := runOf(t, log)
	g.Expect(cmd.Process.Kill()).To(Succeed())
	_ = cmd.Wait() // its status is the kill's
	g.Eventually(func() []string { return leftOf(t, execute) }, goneWithin, 200*time.Millisecond).Should(BeEmpty())
}

// runOf reads the run's id from its log.
func runOf(t *testing.T, log string) string {
	t.Helper()
	g := NewWithT(t)
	var execute string
	g.Eventually(func() string {
		text, _ := os.ReadFile(log)
		if found := regexp.MustCompile(`"run":"([0-9a-f]+)"`).FindSubmatch(text); found != nil {
			execute = string(found[1])
		}
		return execute
	}, time.Minute, 20*time.Millisecond).ShouldNot(BeEmpty())
	return execute
}

// leftOf names everything that still bears a run's id: containers, networks,
// volumes, containers of its builds, and processes.
func leftOf(t *testing.T, execute string) []string {
	t.Helper()
	g := NewWithT(t)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	e, err := engine.Connect(ctx)
	g.Expect(err).NotTo(HaveOccurred())
	defer e.Close()
	mine := client.Filters{}.Add("label", engine.LabelRun+"="+execute)
	var left []string
	containers, err := e.Client().ContainerList(ctx, client.ContainerListOptions{All: true, Filters: mine})
	g.Expect(err).NotTo(HaveOccurred())
	for _, c := range containers.Items {
		left = append(left, "container "+strings.Join(c.Names, ","))
	}
	networks, err := e.Client().NetworkList(ctx, client.NetworkListOptions{Filters: mine})
	g.Expect(err).NotTo(HaveOccurred())
	for _, n := range networks.Items {
		left = append(left, "network "+n.Name)
	}
	volumes, err := e.Client().VolumeList(ctx, client.VolumeListOptions{Filters: mine})
	g.Expect(err).NotTo(HaveOccurred())
	for _, v := range volumes.Items {
		left = append(left, "volume "+v.Name)
	}
	left = append(left, buildsLeft(ctx, t, e)...)
	return append(left, processesLeft(execute)...)
}

// buildsLeft names the containers of builds that these tests began.
func buildsLeft(ctx context.Context, t *testing.T, e *engine.Engine) []string {
	t.Helper()
	all, err := e.Client().ContainerList(ctx, client.ContainerListOptions{All: true})
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	var left []string
	for _, c := range all.Items {
		one, err := e.Client().ContainerInspect(ctx, c.ID, client.ContainerInspectOptions{})
		if err != nil {
			continue // gone meanwhile
		}
		if one.Container.Config != nil && slices.ContainsFunc(one.Container.Config.Env, func(v string) bool { return strings.HasPrefix(v, tryMark) }) {
			left = append(left, "build container "+c.ID[:12])
		}
	}
	return left
}

// processesLeft names the processes that have the run's id in their command line.
func processesLeft(execute string) []string {
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	var left []string
	for _, path := range lines {
		if text, err := os.ReadFile(path); err == nil && strings.Contains(string(text), execute) {
			left = append(left, path+" "+strings.ReplaceAll(string(text), "\x00", " "))
		}
	}
	return left
}
