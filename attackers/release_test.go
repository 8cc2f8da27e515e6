package attackers

import (
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// busy is how long a loaded machine may keep a process from running.
const busy = 500 * time.Millisecond

// TestReleaseKinds has a raw server that ends the hold in every possible way at a known
// time. It checks kind and time.
func TestReleaseKinds(t *testing.T) {
	t.Parallel()
	const after = 400 * time.Millisecond
	alert := []byte{recordAlert, 3, 3, 0, 2, 2, 40}
	notify := []byte{recordAlert, 3, 3, 0, 2, 1, 0}
	answer := "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n"
	cases := map[string]struct {
		stage  string
		end    func(*net.TCPConn)
		by     record.ReleaseBy
		detail string
		ending record.ReleaseBy
	}{
		"fin":          {"tls.client-hello", func(*net.TCPConn) {}, record.ByFIN, "", ""},
		"rst":          {"tls.client-hello", func(c *net.TCPConn) { _ = c.SetLinger(0) }, record.ByRST, "", ""},
		"alert":        {"tls.client-hello", func(c *net.TCPConn) { _, _ = c.Write(alert) }, record.ByAlert, "handshake_failure", record.ByFIN},
		"close-notify": {"tls.client-hello", func(c *net.TCPConn) { _, _ = c.Write(notify) }, record.ByCloseNotify, "", record.ByFIN},
		"status":       {"http.headers", func(c *net.TCPConn) { _, _ = io.WriteString(c, answer) }, record.ByStatus, "408", record.ByFIN},
		"interim":      {"http.body", func(c *net.TCPConn) { _, _ = io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\n"+answer) }, record.ByStatus, "408", record.ByFIN},
		"last words":   {"tcp.connected", func(c *net.TCPConn) { _, _ = io.WriteString(c, "421 timeout\r\n") }, record.ByFIN, `after "421 timeout\r\n"`, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			ended := make(chan int64, 1)
			address := listen(t, func(conn net.Conn) {
				tcp := conn.(*net.TCPConn)
				waitThen(after, tcp, func() {
					ended <- record.Now()
					tc.end(tcp)
				})
			})
			s := attackWith(t, oneHold(address, tc.stage, record.Silent, noChange))
			e := s.await("h", record.HoldReleased)
			g.Expect(e.Release.By).To(Equal(tc.by))
			g.Expect(e.Release.Detail).To(Equal(tc.detail))
			g.Expect(e.Release.End).To(Equal(tc.ending))
			g.Expect(time.Duration(e.T - <-ended)).To(And(BeNumerically(">", 0), BeNumerically("<", busy)))
		})
	}
}

// waitThen reads until the time has passed, so that the close is a FIN and no RST.
func waitThen(d time.Duration, conn net.Conn, f func()) {
	_ = conn.SetReadDeadline(time.Now().Add(d))
	_, _ = io.Copy(io.Discard, conn)
	f()
}

// TestEncryptedAlerts has TLS servers that send alerts which only the TLS stack can read.
func TestEncryptedAlerts(t *testing.T) {
	t.Parallel()
	for name, version := range map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			cert := testCertificate(t)
			address := listen(t, func(conn net.Conn) {
				srv := tls.Server(conn, &tls.Config{MinVersion: version, MaxVersion: version, Certificates: []tls.Certificate{cert}})
				if srv.Handshake() == nil {
					waitThen(400*time.Millisecond, conn, func() { _ = srv.CloseWrite() })
					_ = conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
					_, _ = io.Copy(io.Discard, conn)
				}
			})
			s := attackWith(t, oneHold(address, "tls.established", record.Silent, func(h *wire.Hold) { h.TLS = &wire.TLS{Version: name} }))
			e := s.await("h", record.HoldReleased)
			g.Expect(e.Release.By).To(Equal(record.ByCloseNotify))
			g.Expect(e.Release.End).To(Equal(record.ByFIN))
			g.Expect(time.Duration(e.Release.EndT - e.T)).To(And(BeNumerically(">", 20*time.Millisecond), BeNumerically("<", busy)))
		})
	}
}

// TestOwnAnswersAreNoSignOfLife: a server makes the client's TLS stack answer with an alert.
// The time of the client's last byte, from which an idle limit counts, stays the same.
func TestOwnAnswersAreNoSignOfLife(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	cert := testCertificate(t)
	address := listen(t, func(conn net.Conn) {
		srv := tls.Server(conn, &tls.Config{MaxVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert}})
		if srv.Handshake() == nil {
			waitThen(400*time.Millisecond, conn, func() { _, _ = conn.Write([]byte{23, 3, 3, 0, 32, 1, 2, 3}) })
			waitThen(100*time.Millisecond, conn, func() { _, _ = conn.Write(make([]byte, 29)) })
			waitThen(100*time.Millisecond, conn, func() {})
		}
	})
	s := attackWith(t, oneHold(address, "tls.established", record.Silent, func(h *wire.Hold) { h.TLS = &wire.TLS{Version: "1.2"} }))
	e := s.await("h", record.HoldReleased)
	g.Expect(e.Release.LastT).To(BeNumerically("<=", s.await("h", record.HoldParked).T))
}

func TestWatchedToTheEnd(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	closed := make(chan error, 1)
	address := listen(t, func(conn net.Conn) {
		_, err := io.Copy(io.Discard, conn)
		closed <- err
	})
	s := attackWith(t, oneHold(address, "tcp.connected", record.Silent, func(h *wire.Hold) { h.Watch = 200 * time.Millisecond }))
	e := s.await("h", record.HoldReleased)
	g.Expect(e.Release.By).To(Equal(record.ByNothing))
	g.Expect(time.Duration(e.T - s.await("h", record.HoldParked).T)).To(And(BeNumerically(">=", 200*time.Millisecond), BeNumerically("<", 200*time.Millisecond+busy)))
	g.Consistently(closed, 60*time.Millisecond).ShouldNot(Receive(), "the socket stays open")
	g.Expect(s.in.Close()).To(Succeed())
	g.Eventually(closed).Should(Receive(BeNil()), "the end of the input closes it")
}

// TestResetOfAnUnreadResponse: the kernel reports a RST without a read.
func TestResetOfAnUnreadResponse(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	ended := make(chan int64, 1)
	address := listen(t, func(conn net.Conn) {
		defer func() { ended <- record.Now() }()
		_ = conn.SetDeadline(time.Now().Add(2 * time.Second))
		_, _ = conn.Read(make([]byte, 4096))
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"+strings.Repeat("x", 16<<20))
		_ = conn.(*net.TCPConn).SetLinger(0)
	})
	s := attackWith(t, oneHold(address, "http.response", record.Silent, noChange))
	e := s.await("h", record.HoldReleased)
	g.Expect(e.Release.By).To(Equal(record.ByRST))
	g.Expect(time.Duration(e.T - <-ended)).To(And(BeNumerically(">", 0), BeNumerically("<", busy)))
}
