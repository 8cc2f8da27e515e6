package reaper_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/moby/moby/client"
	. "github.com/onsi/gomega"

	"stalemate/containers/binary"
	"stalemate/containers/engine"
	"stalemate/containers/image"
	"stalemate/containers/pod"
	"stalemate/containers/reaper"
)

// asVictim, set to a run's id, makes this test program the run that the test kills.
const asVictim = "STALEMATE_TEST_VICTIM"

// cleanWithin is how long the reaper of a killed run may take.
const cleanWithin = 15 * time.Second

func TestMain(m *testing.M) {
	if run := os.Getenv(asVictim); run != "" {
		if err := victim(run); err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// victim starts a reaper and everything that must not outlive the run, prints a line, and waits.
func victim(run string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	e, err := engine.Connect(ctx)
	if err != nil {
		return err
	}
	r, err := reaper.Start(run, e)
	if err != nil {
		return err
	}
	e.Guard = r
	store := image.New(e, nil)
	helper, err := store.Helper(ctx)
	if err != nil {
		return err
	}
	spec := pod.Spec{
		Run: run, Name: "victim", Image: helper, Command: []string{"pod", "pause"}, Helper: helper,
		Volumes: []string{"/data"}, Tmpfs: map[string]string{"/memory": ""},
	}
	switch os.Getenv("STALEMATE_TEST_MOMENT") {
	case "starting":
		fmt.Println("ready")
	case "building":
		return build(ctx, store, run)
	}
	p, err := pod.Start(ctx, e, spec, nil)
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx, pod.UpOptions{}); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "stalemate-victim-"+run+"-")
	if err != nil {
		return err
	}
	e.WatchTemp(dir)
	go func() {
		// The leader ends on SIGTERM, one member ignores it.
		stubborn := exec.CommandContext(ctx, "sh", "-c", "(trap '' TERM; sleep 1"+run+"; true) & wait")
		fmt.Println("the group ended:", binary.RunGroup(stubborn, e.Watch))
	}()
	fmt.Println("ready")
	<-ctx.Done()
	return ctx.Err()
}

// build starts a build that does not end.
func build(ctx context.Context, store *image.Store, run string) error {
	dir, err := os.MkdirTemp("", "stalemate-victim-"+run+"-")
	if err != nil {
		return err
	}
	store.Engine.WatchTemp(dir)
	text := "ARG BASE\nFROM ${BASE}\nRUN sleep " + run + "\n"
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(text), 0o600); err != nil {
		return err
	}
	fmt.Println("ready")
	_, err = store.Target(ctx, image.Source{Build: dir})
	return err
}

func TestNothingOutlivesAKilledRun(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a container engine")
	}
	// The test kills "starting" in the middle of a pod's start, which takes half a second, and the others when all is there.
	for _, moment := range []string{"starting", "building", "waiting"} {
		t.Run(moment, func(t *testing.T) {
			g := NewWithT(t)
			ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
			defer cancel()
			run := decimal(g)
			cmd := exec.CommandContext(ctx, os.Args[0])
			cmd.Env = append(os.Environ(), asVictim+"="+run, "STALEMATE_TEST_MOMENT="+moment)
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			out, err := cmd.StdoutPipe()
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(cmd.Start()).To(Succeed())
			line, err := bufio.NewReader(out).ReadString('\n')
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(line).To(Equal("ready\n"))
			// First see that left finds all of it.
			switch moment {
			case "starting":
				g.Eventually(func() []string { return left(ctx, g, run) }, cleanWithin, 10*time.Millisecond).
					Should(ContainElement(HavePrefix("network ")))
			case "building":
				g.Eventually(func() []string { return left(ctx, g, run) }, time.Minute, 100*time.Millisecond).
					Should(ContainElement(ContainSubstring("built with")))
			case "waiting":
				g.Eventually(func() []string { return left(ctx, g, run) }, cleanWithin, 100*time.Millisecond).
					Should(ContainElements(HavePrefix("container "), HavePrefix("network "), HavePrefix("volume "), HavePrefix("process sleep 1"+run), ContainSubstring("stalemate-victim")))
			}
			g.Expect(syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)).To(Succeed())
			killed := time.Now()
			g.Eventually(func() []string { return left(ctx, g, run) }, cleanWithin, 200*time.Millisecond).Should(BeEmpty())
			t.Logf("everything gone %v after the kill", time.Since(killed).Round(10*time.Millisecond))
			_ = cmd.Wait()
		})
	}
}

// left lists what exists of a run: in the engine, among the processes, and in the temporary directory.
func left(ctx context.Context, g *WithT, run string) []string {
	var out []string
	e, err := engine.Connect(ctx)
	g.Expect(err).NotTo(HaveOccurred())
	defer e.Close()
	filters := make(client.Filters).Add("label", engine.LabelRun+"="+run)
	containers, err := e.Client().ContainerList(ctx, client.ContainerListOptions{All: true, Filters: filters})
	g.Expect(err).NotTo(HaveOccurred())
	for _, c := range containers.Items {
		out = append(out, "container "+c.Names[0])
	}
	// The containers of a build do not have the run's label.
	all, err := e.Client().ContainerList(ctx, client.ContainerListOptions{All: true})
	g.Expect(err).NotTo(HaveOccurred())
	for _, c := range all.Items {
		if strings.Contains(c.Command, "sleep "+run) {
			out = append(out, "container "+c.ID+" built with "+c.Command)
		}
	}
	networks, err := e.Client().NetworkList(ctx, client.NetworkListOptions{Filters: filters})
	g.Expect(err).NotTo(HaveOccurred())
	for _, n := range networks.Items {
		out = append(out, "network "+n.Name)
	}
	volumes, err := e.Client().VolumeList(ctx, client.VolumeListOptions{Filters: filters})
	g.Expect(err).NotTo(HaveOccurred())
	for _, v := range volumes.Items {
		out = append(out, "volume "+v.Name)
	}
	commands, err := filepath.Glob("/proc/[0-9]*/cmdline")
	g.Expect(err).NotTo(HaveOccurred())
	for _, file := range commands {
		data, err := os.ReadFile(file)
		if err == nil && strings.Contains(string(data), run) {
			out = append(out, "process "+strings.ReplaceAll(string(data), "\x00", " "))
		}
	}
	dirs, err := filepath.Glob(filepath.Join(os.TempDir(), "*"+run+"*"))
	g.Expect(err).NotTo(HaveOccurred())
	return append(out, dirs...)
}

// decimal is a random run id of digits, so that `sleep` accepts it as a number.
func decimal(g *WithT) string {
	id := make([]byte, 6)
	_, err := rand.Read(id)
	g.Expect(err).NotTo(HaveOccurred())
	digits := strings.Map(func(r rune) rune { return '0' + r%10 }, hex.EncodeToString(id))
	return "7" + digits[:7]
}
