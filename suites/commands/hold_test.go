package commands

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// hold runs the command and gives its exit status and what it wrote.
func hold(args ...string) (int, string) {
	var out, errOut bytes.Buffer
	code := Execute(append([]string{"hold"}, args...), strings.NewReader(""), &out, &errOut)
	return code, out.String() + errOut.String()
}

// server serves each connection on the loopback.
func server(t *testing.T, serve func(net.Conn)) (address string, taken *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	taken = new(atomic.Int64)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			taken.Add(1)
			go func() {
				defer conn.Close()
				serve(conn)
			}()
		}
	}()
	return l.Addr().String(), taken
}

// readFor reads until the time has passed, so that the end is a FIN and no RST.
func readFor(d time.Duration) func(net.Conn) {
	return func(conn net.Conn) {
		_ = conn.SetReadDeadline(time.Now().Add(d))
		_, _ = io.Copy(io.Discard, conn)
	}
}

func TestHoldSaysWhenTheServerClosed(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	address, taken := server(t, readFor(700*time.Millisecond))
	code, out := hold(address, "--stage", "http.headers", "--mode", "trickle", "--interval", "50ms", "--count", "5", "--for", "5s")
	g.Expect(code).To(Equal(ExitOK), out)
	g.Expect(taken.Load()).To(Equal(int64(5)))
	g.Expect(out).To(HavePrefix("http.headers/trickle at " + address + ": 5 of 5 connections held\n"))
	// A byte that comes after the close turns some of its FINs into RSTs.
	g.Expect(out).To(MatchRegexp(`released: 5 \(min / median / max\)\n( +\d  0\.[678] s / 0\.[678] s / \d\.\d s  by (fin|rst)\n)+$`))
}

func TestHoldEndsWithItsTime(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	address, _ := server(t, readFor(time.Minute))
	code, out := hold(address, "--stage", "tls.client-hello", "--count", "2", "--for", "400ms")
	g.Expect(code).To(Equal(ExitOK), out)
	g.Expect(out).To(ContainSubstring("still open after 400ms: 2\n"))
	g.Expect(out).NotTo(ContainSubstring("released: "))
}

func TestHoldSpeaksHTTP2(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := httptest.NewUnstartedServer(nil)
	s.EnableHTTP2, s.Config.IdleTimeout = true, 600*time.Millisecond
	s.StartTLS()
	defer s.Close()
	code, out := hold(s.Listener.Addr().String(), "--stage", "h2.idle", "--for", "5s")
	g.Expect(code).To(Equal(ExitOK), out)
	g.Expect(out).To(ContainSubstring("by goaway NO_ERROR, then fin\n"))
}

func TestHoldThatIsNotParkedIsInconclusive(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(free.Close()).To(Succeed())
	code, out := hold(free.Addr().String(), "--stage", "tcp.connected", "--count", "3")
	g.Expect(code).To(Equal(ExitInconclusive), out)
	g.Expect(out).To(ContainSubstring(": 0 of 3 connections held\n"))
	g.Expect(out).To(MatchRegexp(`did not reach the stage: 3: tcp.connected: dial .*refused`))
	// Every second one is closed at once.
	var n atomic.Int64
	address, _ := server(t, func(conn net.Conn) {
		if n.Add(1)%2 == 0 {
			readFor(time.Minute)(conn)
		}
	})
	code, out = hold(address, "--stage", "tcp.connected", "--count", "4", "--for", "500ms")
	g.Expect(code).To(Equal(ExitInconclusive), out)
	g.Expect(out).To(ContainSubstring(": 2 of 4 connections held\n"))
	g.Expect(out).To(ContainSubstring("a refusal and no limit"))
}

func TestHoldIsInterruptedCleanly(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	closed := make(chan error, 1)
	address, _ := server(t, func(conn net.Conn) {
		_, err := io.Copy(io.Discard, conn)
		closed <- err
	})
	ctx, cancel := context.WithTimeout(context.Background(), 600*time.Millisecond)
	defer cancel()
	f := &holdFlags{stage: "tcp.connected", mode: "silent", count: 1, watch: time.Minute, interval: time.Second}
	g.Expect(f.check(address)).To(Succeed())
	counted, err := f.attack(ctx, address, io.Discard)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(counted.all()).To(BeTrue())
	g.Eventually(closed).Should(Receive(BeNil()), "the connection is closed")
	var out bytes.Buffer
	counted.summary(&out, "x", time.Minute)
	g.Expect(out.String()).To(Equal("x: 1 of 1 connections held\ninterrupted: 1\n"))
}

func TestHoldRefusesWrongUsage(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		args []string
		says string
	}{
		"no address":        {[]string{"--stage", "tcp.connected"}, "give one ADDR"},
		"no stage":          {[]string{"127.0.0.1:1"}, `"stage" not set`},
		"no port":           {[]string{"localhost", "--stage", "tcp.connected"}, "give host:port"},
		"a port by name":    {[]string{"localhost:http", "--stage", "tcp.connected"}, "port from 1 to 65535"},
		"port 0":            {[]string{"127.0.0.1:0", "--stage", "tcp.connected"}, "port from 1 to 65535"},
		"no host":           {[]string{":80", "--stage", "tcp.connected"}, "give host:port"},
		"unknown stage":     {[]string{"127.0.0.1:1", "--stage", "tls.nothing"}, "give one of tcp.connected"},
		"conversation":      {[]string{"127.0.0.1:1", "--stage", "conversation"}, "give one of tcp.connected"},
		"no such mode":      {[]string{"127.0.0.1:1", "--stage", "tcp.connected", "--mode", "trickle"}, "does not exist: the first byte"},
		"no count":          {[]string{"127.0.0.1:1", "--stage", "tcp.connected", "--count", "0"}, "--count 0"},
		"no time":           {[]string{"127.0.0.1:1", "--stage", "tcp.connected", "--for", "0s"}, "--for 0s"},
		"time without unit": {[]string{"127.0.0.1:1", "--stage", "tcp.connected", "--for", "5"}, "missing unit"},
		"no interval":       {[]string{"127.0.0.1:1", "--stage", "http.headers", "--interval", "-1s"}, "--interval -1s"},
		"plain TLS":         {[]string{"127.0.0.1:1", "--stage", "tls.finished", "--plain"}, "remove --plain"},
		"plain and TLS":     {[]string{"127.0.0.1:1", "--stage", "http.body", "--plain", "--tls"}, "none of the others can be"},
		"TLS version":       {[]string{"127.0.0.1:1", "--stage", "tls.finished", "--tls-version", "1.1"}, `"1.1"`},
		"two lines":         {[]string{"127.0.0.1:1", "--stage", "http.body", "--path", "/ HTTP/1.1\r\nX: y"}, "line end"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			code, out := hold(tc.args...)
			g.Expect(code).To(Equal(ExitUsage), out)
			g.Expect(out).To(ContainSubstring(tc.says))
		})
	}
}
