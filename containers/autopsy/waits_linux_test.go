package autopsy_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/containers/autopsy"
	"stalemate/reports/record"
)

// A server that waits otherwise than for SIGALRM is said to wait so, and nothing is invented: it has a handler, and wakes all the
// time for others.
func TestHowAServerWaits(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT shown in a short run: it takes 3 s and a C compiler")
	}
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		t.Skip("NOT shown on this machine: there is no gcc")
	}
	bin := filepath.Join(t.TempDir(), "server")
	out, err := exec.CommandContext(t.Context(), gcc, "-O1", "-Wall", "-Werror", "-pthread", "-o", bin, "testdata/server.c").CombinedOutput()
	NewWithT(t).Expect(err).NotTo(HaveOccurred(), string(out))
	const loop, own = string(autopsy.EventLoop), string(autopsy.OwnTimeout)
	minute := HaveValue(Equal(60.0))
	for how, want := range map[string]struct {
		class   string
		says    string
		timeout OmegaMatcher
	}{
		"epoll-timeout": {loop, `^an event loop: epoll_p?wait\(\d+\) waits for this connection and 1 other descriptors, for at most 1m0s$`, minute},
		"epoll-timerfd": {loop, `waits for this connection and 3 other descriptors, without a timeout; a timerfd of its set expires: descriptor \d+ in 5\d\.\d+s$`, BeNil()},
		"epoll":         {loop, `waits for this connection and 1 other descriptors, without a timeout$`, BeNil()},
		"threads":       {loop, `waits for this connection and 1 other descriptors, for at most 1m0s; its threads: 1 in epoll_p?wait, 1 in futex$`, minute},
		"poll":          {loop, `^an event loop: p?poll waits for this connection and 2 other descriptors, without a timeout$`, BeNil()},
		"select":        {loop, `^an event loop: p?select6? waits for this connection and 1 other descriptors, for at most (1m0|59\.9\d*)s$`, HaveValue(BeNumerically("~", 60, 1))},
		"poll-alone":    {own, `^p?poll waits for this connection alone, for at most 1m0s$`, minute},
		"rcvtimeo":      {own, `^read\(\d+\) from 127\.0\.0\.1:\d+ has a timeout of 1m0s, set on the socket$`, minute},
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			pid, fd := serving(t, g, bin, how)
			a, err := autopsy.Inspect(t.Context(), pid, autopsy.Options{FD: fd, Deadline: time.Second, Margin: time.Second / 2})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(a.Class).To(Equal(want.class), "%s; %v", a.Because, a.Steps)
			g.Expect(a.Because).To(MatchRegexp(want.says))
			g.Expect(a.HandlerRan).To(BeFalse())
			waits := a.Waits
			if waits == nil {
				waits = &record.Wait{}
			}
			g.Expect(waits.Timeout).To(want.timeout)
			if how == "epoll-timerfd" {
				g.Expect(waits.Timers).To(ConsistOf(HaveField("Left", BeNumerically("~", 58, 2))))
			} else {
				g.Expect(waits.Timers).To(BeEmpty())
			}
		})
	}
}

// serving starts the server, connects to it, and returns its PID and the connection's descriptor.
func serving(t *testing.T, g Gomega, bin, how string) (pid, fd int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, bin, how)
	stdout, err := cmd.StdoutPipe()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(cmd.Start()).To(Succeed())
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it lives
		_ = cmd.Wait()         // by our signal
	})
	lines := bufio.NewReader(stdout)
	number := func(format string) (n int) {
		line, err := lines.ReadString('\n')
		g.Expect(err).NotTo(HaveOccurred())
		_, err = fmt.Sscanf(line, format, &n)
		g.Expect(err).NotTo(HaveOccurred())
		return n
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", number("port %d")))
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { conn.Close() })
	return cmd.Process.Pid, number("fd %d")
}
