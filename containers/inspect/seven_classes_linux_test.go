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

	"stalemate/containers/autopsy"
	"stalemate/containers/engine"
	"stalemate/containers/image"
	"stalemate/reports/record"
)

const (
	copies  = 20 // of each program, for silent connections and for trickled ones
	spare   = 8  // more trickled ones: on a busy machine two bytes arrive as one, and the autopsy then says that it does not know
	seconds = 5  // the programs' alarm
)

// In a pod, the autopsy names all seven classes right: all 20 silent ones, at least 20 of 28 trickled ones, and none wrong. The
// inspector has SYS_PTRACE and no other capability, and the target is unmodified.
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

	target := run("--cap-drop", "ALL", "-e", fmt.Sprintf("COPIES=%d", 2*copies+spare), "-e", fmt.Sprintf("SECONDS_LIMIT=%d", seconds), made.Ref)
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
	for n := range 2*copies + spare {
		mode, lead := "silent", 0.0
		if n >= copies {
			mode, lead = "trickled", trickleLead
		}
		for i, class := range classes {
			c := dialWhenServed(t, g, fmt.Sprintf("%s:%d", address, 7001+10*n+i))
			last = record.Now() + seconds*int64(time.Second)
			local, peer := ends(c)
			hold := fmt.Sprintf("%s#%s-%d", class, mode, n)
			send(Command{Watch: &Watch{Hold: hold, Local: local, Peer: peer, ParkedT: record.Now()}})
			send(Command{AutopsyPlan: &AutopsyPlan{Hold: hold, Deadline: last, Lead: lead}})
			if mode == "trickled" {
				go trickle(c, class, last)
			}
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
		class, mode, _ := strings.Cut(e.Hold, "#")
		mode, _, _ = strings.Cut(mode, "-")
		switch {
		case e.Autopsy.Class == class:
			named[class+" "+mode]++
		case e.Autopsy.Class == string(autopsy.Unknown) && mode == "trickled":
			t.Logf("%s was not named: %s", e.Hold, e.Autopsy.Because)
		default:
			t.Errorf("%s was named %s: %s %v", e.Hold, e.Autopsy.Class, e.Autopsy.Because, e.Autopsy.Steps)
		}
	}
	t.Logf("named right, of %d each: %v", copies, named)
	for _, class := range classes {
		for _, mode := range []string{"silent", "trickled"} {
			g.Expect(named[class+" "+mode]).To(BeNumerically(">=", copies), "%s, %s", class, mode)
		}
	}
	g.Expect(in.Close()).To(Succeed())
	g.Expect(cmd.Wait()).To(Succeed(), "the inspector ends at the end of its input")
}

const (
	trickleLead  = 3.5 // seconds: several bytes must come between the first look and the deadline
	trickleEvery = 500 * time.Millisecond
	trickleLeft  = 600 * time.Millisecond
)

// trickle sends bytes, each of which wakes the thread. In two programs the handler sets a flag, which the next byte shows to the
// code: for these the bytes end before the deadline.
func trickle(c net.Conn, class string, deadline int64) {
	until := deadline + 2*int64(time.Second)
	if class == "restarted" || class == "sent-by-parent" {
		until = deadline - int64(trickleLeft)
	}
	tick := time.NewTicker(trickleEvery)
	defer tick.Stop()
	for range tick.C {
		if record.Now() > until {
			return
		}
		if _, err := c.Write([]byte{'t'}); err != nil {
			return // the test has closed it
		}
	}
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
