package inspect

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/containers/engine"
	"stalemate/containers/image"
	"stalemate/reports/record"
)

const (
	copies  = 20
	seconds = 5 // the programs' alarm
)

// In a pod, the autopsy names all seven classes right, 20 of 20 each: the inspector has SYS_PTRACE and no other capability,
// and the target is unmodified.
func TestSevenClassesInAContainer(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a container engine")
	}
	g := NewWithT(t)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	docker := func(args ...string) string {
		t.Helper()
		var errOut bytes.Buffer
		cmd := exec.CommandContext(ctx, "docker", args...)
		cmd.Stderr = &errOut
		out, err := cmd.Output()
		g.Expect(err).NotTo(HaveOccurred(), "docker %s: %s", strings.Join(args, " "), errOut.String())
		return strings.TrimSpace(string(out))
	}
	run := func(args ...string) string {
		t.Helper()
		id := docker(append([]string{"run", "-d"}, args...)...)
		t.Cleanup(func() {
			out, err := exec.Command("docker", "rm", "-f", "-v", id).CombinedOutput()
			g.Expect(err).NotTo(HaveOccurred(), string(out))
		})
		return id
	}

	e, err := engine.Connect(ctx)
	g.Expect(err).NotTo(HaveOccurred())
	defer e.Close()
	store := image.New(e, func(line string) { t.Log(line) })
	helper, err := store.Helper(ctx)
	g.Expect(err).NotTo(HaveOccurred())
	made, err := store.Target(ctx, image.Source{Build: programs})
	g.Expect(err).NotTo(HaveOccurred())

	target := run("--cap-drop", "ALL", "-e", fmt.Sprintf("COPIES=%d", copies), "-e", fmt.Sprintf("SECONDS_LIMIT=%d", seconds), made.Ref)
	inspector := run("--pid", "container:"+target, "--network", "container:"+target, "--cap-drop", "ALL", "--cap-add", "SYS_PTRACE",
		"--security-opt", "no-new-privileges", "--read-only", "--user", "0", helper, "pod", "pause")
	address := docker("inspect", "-f", "{{.NetworkSettings.IPAddress}}", target)

	cmd := exec.CommandContext(ctx, "docker", "exec", "-i", inspector, "/stalemate", "pod", "inspect")
	in, err := cmd.StdinPipe()
	g.Expect(err).NotTo(HaveOccurred())
	stdout, err := cmd.StdoutPipe()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(cmd.Start()).To(Succeed())
	events := make(chan record.Event, 10000)
	go func() {
		defer close(events)
		for s := bufio.NewScanner(stdout); s.Scan(); {
			var e record.Event
			if json.Unmarshal(s.Bytes(), &e) == nil {
				events <- e
			}
		}
	}()
	send := func(c Command) {
		line, err := json.Marshal(c)
		g.Expect(err).NotTo(HaveOccurred())
		_, err = in.Write(append(line, '\n'))
		g.Expect(err).NotTo(HaveOccurred())
	}

	classes := []string{"restarted", "looped", "blocked", "ignored", "never-armed", "re-armed", "sent-by-parent"}
	last := int64(0)
	var holds []string
	for n := range copies {
		for i, class := range classes {
			c := dialWhenServed(t, g, fmt.Sprintf("%s:%d", address, 7001+10*n+i))
			last = record.Now() + seconds*int64(time.Second)
			local, peer := ends(c)
			hold := fmt.Sprintf("%s#%d", class, n)
			send(Command{Watch: &Watch{Hold: hold, Local: local, Peer: peer, ParkedT: record.Now()}})
			send(Command{AutopsyPlan: &AutopsyPlan{Hold: hold, Deadline: last}})
			holds = append(holds, hold)
		}
	}
	<-time.After(time.Duration(last-record.Now()) + 1500*time.Millisecond)
	for _, hold := range holds {
		send(Command{Autopsy: &AutopsyNow{Hold: hold}})
	}
	named := make(map[string]int)
	for done := 0; done < len(holds); {
		var e record.Event
		g.Eventually(events, "20s").Should(Receive(&e))
		g.Expect(e.Error).To(BeEmpty(), e.Hold)
		g.Expect(e.Kind).NotTo(Equal(record.WorkerFreed), e.Hold)
		if e.Kind != record.AutopsyDone {
			continue
		}
		done++
		class, _, _ := strings.Cut(e.Hold, "#")
		if e.Autopsy.Class == class {
			named[class]++
		} else {
			t.Errorf("%s was named %s: %s %v", e.Hold, e.Autopsy.Class, e.Autopsy.Because, e.Autopsy.Steps)
		}
	}
	t.Logf("named right, of %d each: %v", copies, named)
	for _, class := range classes {
		g.Expect(named[class]).To(Equal(copies), class)
	}
	g.Expect(in.Close()).To(Succeed())
	g.Expect(cmd.Wait()).To(Succeed(), "the inspector ends at the end of its input")
}

// dialWhenServed connects as soon as the program listens, and returns when the program has armed its timeout.
func dialWhenServed(t *testing.T, g Gomega, address string) *net.TCPConn {
	t.Helper()
	var c net.Conn
	g.Eventually(func() (err error) {
		c, err = net.DialTimeout("tcp", address, time.Second)
		return err
	}, "10s", "50ms").Should(Succeed())
	t.Cleanup(func() { c.Close() })
	_, err := io.ReadFull(c, make([]byte, 1))
	g.Expect(err).NotTo(HaveOccurred())
	return c.(*net.TCPConn)
}
