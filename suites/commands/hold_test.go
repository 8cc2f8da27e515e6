package commands

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
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

func TestHoldSaysWhenTheServerLetGo(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	address, taken := server(t, readFor(700*time.Millisecond))
	code, out := hold(address, "--stage", "http.headers", "--mode", "trickle", "--interval", "50ms", "--count", "5", "--for", "5s")
	g.Expect(code).To(Equal(ExitOK), out)
	g.Expect(taken.Load()).To(Equal(int64(5)))
	g.Expect(out).To(HavePrefix("http.headers/trickle at " + address + ": 5 of 5 parked\n"))
	// A byte that comes after the close turns some of its FINs into RSTs.
	g.Expect(out).To(MatchRegexp(`released: 5, after \(min / median / max\)\n( +\d  0\.[678] s / 0\.[678] s / \d\.\d s  by (fin|rst)\n)+$`))
}

func TestHoldEndsWithItsTime(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	address, _ := server(t, readFor(time.Minute))
	code, out := hold(address, "--stage", "tls.client-hello", "--count", "2", "--for", "400ms")
	g.Expect(code).To(Equal(ExitOK), out)
	g.Expect(out).To(ContainSubstring("not released within 400ms: 2\n"))
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
	g.Expect(out).To(ContainSubstring(": 0 of 3 parked\n"))
	g.Expect(out).To(MatchRegexp(`not parked: 3: tcp.connected: dial .*refused`))
	// Every second one is closed at once.
	var n atomic.Int64
	address, _ := server(t, func(conn net.Conn) {
		if n.Add(1)%2 == 0 {
			readFor(time.Minute)(conn)
		}
	})
	code, out = hold(address, "--stage", "tcp.connected", "--count", "4", "--for", "500ms")
	g.Expect(code).To(Equal(ExitInconclusive), out)
	g.Expect(out).To(ContainSubstring(": 2 of 4 parked\n"))
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
	g.Expect(out.String()).To(Equal("x: 1 of 1 parked\ninterrupted: 1\n"))
}

func TestHoldRefusesWrongUsage(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		args []string
		says string
	}{
		"no address":        {[]string{"--stage", "tcp.connected"}, "accepts 1 arg"},
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

func addresses(texts ...string) []netip.Addr {
	var all []netip.Addr
	for _, text := range texts {
		all = append(all, netip.MustParseAddr(text))
	}
	return all
}

func TestGuard(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		guard guard
		says  []string // nil: admitted
	}{
		"loopback":            {guard{addresses: addresses("127.0.0.1")}, nil},
		"all of 127/8":        {guard{addresses: addresses("127.255.1.2", "::1")}, nil},
		"mapped loopback":     {guard{addresses: addresses("::ffff:127.0.0.1")}, nil},
		"ours":                {guard{addresses: addresses("172.30.0.4"), ours: addresses("172.30.0.3", "172.30.0.4")}, nil},
		"ours, mapped":        {guard{addresses: addresses("::ffff:172.30.0.4"), ours: addresses("172.30.0.4")}, nil},
		"the operator's word": {guard{addresses: addresses("192.0.2.7"), operated: true}, nil},
		"another host": {guard{host: "192.0.2.7", addresses: addresses("192.0.2.7")},
			[]string{"192.0.2.7 is neither", "loopback nor of a container of ours", "stalemate.run", "attack", "--i-operate-this-host"}},
		"a name of another host": {guard{host: "shop.test", addresses: addresses("192.0.2.7")}, []string{"shop.test resolves to 192.0.2.7, which is neither"}},
		"one of two":             {guard{host: "both.test", addresses: addresses("127.0.0.1", "192.0.2.7")}, []string{"192.0.2.7"}},
		"not ours":               {guard{addresses: addresses("172.30.0.9"), ours: addresses("172.30.0.4")}, []string{"the engine was asked"}},
		"no engine":              {guard{addresses: addresses("172.30.0.9"), engine: errors.New("no socket")}, []string{"no engine answered: no socket"}},
		"unspecified":            {guard{addresses: addresses("0.0.0.0")}, []string{"0.0.0.0"}},
		"no address":             {guard{host: "nothing.test", operated: true}, []string{"nothing.test has no address"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			err := tc.guard.refusal()
			if tc.says == nil {
				g.Expect(err).NotTo(HaveOccurred())
				return
			}
			for _, part := range tc.says {
				g.Expect(err).To(MatchError(ContainSubstring(part)))
			}
		})
	}
}

func TestAdmitDialsWhatWasChecked(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	asked, engine := 0, 0
	w := world{
		// A name that rebinds: loopback when it is checked, another host afterwards.
		resolve: func(context.Context, string) ([]netip.Addr, error) {
			asked++
			if asked == 1 {
				return addresses("::1", "127.0.0.1"), nil
			}
			return addresses("192.0.2.7"), nil
		},
		ours: func(context.Context) ([]netip.Addr, error) { engine++; return addresses("172.30.0.4"), nil },
	}
	admit := func(address string) (string, error) { return w.admit(context.Background(), address, false) }
	admitted, err := admit("rebind.test:80")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(admitted).To(Equal("127.0.0.1:80"))
	g.Expect(asked).To(Equal(1))
	_, err = admit("[::1]:80")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(engine).To(BeZero(), "the loopback needs no engine")
	admitted, err = admit("172.30.0.4:80")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(admitted).To(Equal("172.30.0.4:80"))
	_, err = admit("rebind.test:80")
	g.Expect(err).To(MatchError(ContainSubstring("rebind.test resolves to 192.0.2.7")))
	g.Expect(engine).To(Equal(2))
	w.resolve = func(context.Context, string) ([]netip.Addr, error) { return nil, errors.New("no such host") }
	_, err = admit("gone.test:80")
	g.Expect(err).To(MatchError(ContainSubstring("resolve gone.test: no such host")))
}

// TestHoldRefusesAStranger goes through the command: nothing is ever sent to the address, which is reserved for documentation.
func TestHoldRefusesAStranger(t *testing.T) {
	t.Setenv("DOCKER_HOST", "unix:///nonexistent/engine.sock")
	g := NewWithT(t)
	code, out := hold("192.0.2.7:443", "--stage", "tls.server-hello")
	g.Expect(code).To(Equal(ExitUsage), out)
	g.Expect(out).To(ContainSubstring("neither an address of this machine's loopback nor of a container of ours"))
	g.Expect(out).To(ContainSubstring("--i-operate-this-host"))
	g.Expect(out).NotTo(ContainSubstring("parked"))
}

func TestTallyOfEveryEnd(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	counted := newTally(6)
	for i, id := range []string{"a", "b", "c", "d"} {
		counted.take(record.Event{Kind: record.HoldParked, Hold: id, T: int64(i)})
	}
	released := func(id string, seconds float64, r record.Release) {
		counted.take(record.Event{Kind: record.HoldReleased, Hold: id, T: counted.parked[id] + int64(seconds*1e9), Release: &r})
	}
	released("a", 3, record.Release{By: record.ByAlert, Detail: "handshake_failure"})
	released("b", 9, record.Release{By: record.ByNothing})
	released("c", 2, record.Release{By: record.ByNothing, Detail: "our socket broke"})
	counted.take(record.Event{Kind: record.HoldNotApplicable, Hold: "d", Note: "the server answered 401"})
	counted.take(record.Event{Kind: record.HoldFailed, Hold: "e", Note: "refused"})
	g.Expect(counted.finished()).To(BeFalse())
	counted.take(record.Event{Kind: record.HoldFailed, Hold: "f", Note: "refused"})
	g.Expect(counted.finished()).To(BeTrue())
	g.Expect(counted.line(9 * time.Second)).To(Equal("9s: 3 of 6 parked, 1 released, 3 not parked"))
	var out bytes.Buffer
	counted.summary(&out, "what", 9*time.Second)
	g.Expect(out.String()).To(Equal(`what: 3 of 6 parked
released: 1, after (min / median / max)
      1  3.0 s / 3.0 s / 3.0 s  by tls-alert handshake_failure, connection kept
not released within 9s: 1
not watched to the end: 1: our socket broke
not parked: 2: refused
not parked: 1: the server answered 401
`))
}
