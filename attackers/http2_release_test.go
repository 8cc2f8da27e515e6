package attackers

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"golang.org/x/net/http2"

	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// TestHTTP2Releases holds connections to a real server, which ends each in its own way.
func TestHTTP2Releases(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		stage, path string
		mode        record.Mode
		by          record.ReleaseBy
		detail      string
		end         record.ReleaseBy
		limit       time.Duration
	}{
		"settings":         {"h2.settings", "/", record.Silent, record.ByGoAway, "NO_ERROR", record.ByFIN, h2IdleLimit},
		"settings trickle": {"h2.settings", "/", record.Trickle, record.ByGoAway, "NO_ERROR", record.ByFIN, h2IdleLimit},
		"headers":          {"h2.headers", "/", record.Silent, record.ByGoAway, "NO_ERROR", record.ByFIN, h2IdleLimit},
		"headers trickle":  {"h2.headers", "/", record.Trickle, record.ByGoAway, "NO_ERROR", record.ByFIN, h2IdleLimit},
		"body":             {"h2.body", "/body", record.Silent, record.ByStatus, "408", "", h2BodyLimit},
		"body trickle":     {"h2.body", "/body", record.Trickle, record.ByStatus, "408", "", h2BodyLimit},
		"body reset":       {"h2.body", "/abort", record.Silent, record.ByRSTStream, "INTERNAL_ERROR", "", h2BodyLimit},
		"idle":             {"h2.idle", "/", record.Silent, record.ByGoAway, "NO_ERROR", record.ByFIN, h2IdleLimit},
		"idle trickle":     {"h2.idle", "/", record.Trickle, record.ByGoAway, "NO_ERROR", record.ByFIN, h2IdleLimit},
	}
	server, counting := h2Server(t)
	var plan wire.Plan
	for name, tc := range cases {
		plan.Holds = append(plan.Holds, named(name, h2Hold(server.Listener.Addr().String(), tc.stage, tc.mode, tc.path)))
	}
	s := attackWith(t, plan) // all wait at the same time
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			parked, released := s.await(name, record.HoldParked), s.await(name, record.HoldReleased)
			g.Expect(released.Release.By).To(Equal(tc.by))
			g.Expect(released.Release.Detail).To(Equal(tc.detail))
			g.Expect(released.Release.End).To(Equal(tc.end))
			g.Expect(time.Duration(released.T - parked.T)).To(And(BeNumerically(">", tc.limit*3/4), BeNumerically("<", tc.limit+2*busy)))
			if tc.mode == record.Trickle {
				g.Expect(released.HoldInfo.Sent).To(BeNumerically(">", parked.HoldInfo.Sent+20*10), "at least ten records of a trickle")
			} else {
				g.Expect(released.HoldInfo.Sent).To(Equal(parked.HoldInfo.Sent), "nothing more is sent")
			}
			g.Eventually(func() int { return counting.read(parked.HoldInfo.Local) }).Should(BeNumerically(">=", released.HoldInfo.Sent), "the server read what was sent")
		})
	}
}

// TestAnAnnouncedGoAwayIsNoRelease: a server that shuts down gracefully still serves the stream.
func TestAnAnnouncedGoAwayIsNoRelease(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	server, _ := h2Server(t)
	s := attackWith(t, h2Hold(server.Listener.Addr().String(), "h2.body", record.Silent, "/body"))
	parked := s.await("h", record.HoldParked)
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	g.Expect(server.Config.Shutdown(ctx)).To(MatchError(context.DeadlineExceeded))
	e := s.await("h", record.HoldReleased)
	g.Expect(e.Release.By).To(Equal(record.ByStatus))
	g.Expect(time.Duration(e.T - parked.T)).To(BeNumerically(">", h2BodyLimit*3/4))
}

// h2Listen agrees on HTTP/2 and leaves the rest to the function.
func h2Listen(t *testing.T, serve func(*net.TCPConn, *tls.Conn)) string {
	t.Helper()
	cert := testCertificate(t)
	return listen(t, func(conn net.Conn) {
		srv := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{h2Protocol}})
		if srv.Handshake() == nil {
			serve(conn.(*net.TCPConn), srv)
		}
	})
}

// TestHTTP2EndsOfTheConnection has servers that agree on HTTP/2 and end the connection in
// the ways of TLS and TCP.
func TestHTTP2EndsOfTheConnection(t *testing.T) {
	t.Parallel()
	const after = 400 * time.Millisecond
	cases := map[string]struct {
		end func(*net.TCPConn, *tls.Conn)
		by  record.ReleaseBy
	}{
		"fin":          {func(*net.TCPConn, *tls.Conn) {}, record.ByFIN},
		"rst":          {func(tcp *net.TCPConn, _ *tls.Conn) { _ = tcp.SetLinger(0) }, record.ByRST},
		"close-notify": {func(_ *net.TCPConn, srv *tls.Conn) { _ = srv.CloseWrite() }, record.ByCloseNotify},
		"goaway": {func(_ *net.TCPConn, srv *tls.Conn) {
			_ = http2.NewFramer(srv, srv).WriteGoAway(0, http2.ErrCodeSettingsTimeout, nil)
		}, record.ByGoAway},
		"no frame at all": {func(_ *net.TCPConn, srv *tls.Conn) { _, _ = io.WriteString(srv, strings.Repeat("\xff", 64)) }, record.ByFIN},
	}
	var plan wire.Plan
	for name, tc := range cases {
		address := h2Listen(t, func(tcp *net.TCPConn, srv *tls.Conn) {
			_ = http2.NewFramer(srv, srv).WriteSettings()
			waitThen(after, tcp, func() { tc.end(tcp, srv) })
		})
		plan.Holds = append(plan.Holds, named(name, h2Hold(address, "h2.preface", record.Silent, "/")))
	}
	s := attackWith(t, plan)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			e := s.await(name, record.HoldReleased)
			g.Expect(e.Release.By).To(Equal(tc.by))
			g.Expect(time.Duration(e.T - s.await(name, record.HoldParked).T)).To(And(BeNumerically(">", after/2), BeNumerically("<", after+2*busy)))
			if tc.by == record.ByGoAway {
				g.Expect(e.Release.Detail).To(Equal("SETTINGS_TIMEOUT"))
			}
		})
	}
}
