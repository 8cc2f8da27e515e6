package attackers

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"stalemate/reports/record"
)

const (
	h2BodyLimit = 900 * time.Millisecond
	h2IdleLimit = 1300 * time.Millisecond
)

// h2Server is the HTTP/2 server of net/http with an idle limit.
func h2Server(t *testing.T) (*httptest.Server, *countingListener) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(make([]byte, 200<<10)) // more than the windows by default
	})
	mux.HandleFunc("/body", func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(h2BodyLimit))
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			w.WriteHeader(http.StatusRequestTimeout)
		}
	})
	mux.HandleFunc("/abort", func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(h2BodyLimit))
		_, _ = io.Copy(io.Discard, r.Body)
		panic(http.ErrAbortHandler)
	})
	mux.HandleFunc("/deny", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusUnauthorized) })
	s := httptest.NewUnstartedServer(mux)
	counting := &countingListener{Listener: s.Listener}
	s.Listener, s.EnableHTTP2 = counting, true
	s.Config.IdleTimeout = h2IdleLimit
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s, counting
}

func h2Hold(address, stage string, mode record.Mode, path string) Plan {
	return oneHold(address, stage, mode, func(h *Hold) {
		h.TLS, h.Interval = &TLS{ServerName: "a.test"}, 20*time.Millisecond
		h.Request = Request{Path: path, Body: path, Headers: map[string]string{"X-Token": "t", "Connection": "close"}}
	})
}

// named is the only hold of a plan, under another name.
func named(name string, p Plan) Hold {
	h := p.Holds[0]
	h.ID = name
	return h
}

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
	var plan Plan
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

// TestAnAnnouncedGoAwayIsNoRelease: a server that shuts down gently still serves our stream.
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

// h2Listen settles on HTTP/2 and leaves the rest to the function.
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

// TestHTTP2EndsOfTheConnection lets a server that agreed on HTTP/2 end it in the ways below HTTP/2.
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
	var plan Plan
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

// TestWhatTheServerGetsOfHTTP2 reads the bytes of each stage and mode on the
// server's side: all of it, and never the last that would complete the stage.
func TestWhatTheServerGetsOfHTTP2(t *testing.T) {
	t.Parallel()
	var plan Plan
	received := map[string]chan []byte{}
	for _, stage := range []string{"h2.preface", "h2.settings", "h2.headers", "h2.body"} {
		for _, mode := range bothModes {
			got := make(chan []byte, 1)
			address := h2Listen(t, func(tcp *net.TCPConn, srv *tls.Conn) {
				_ = http2.NewFramer(srv, srv).WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 30})
				_ = tcp.SetReadDeadline(time.Now().Add(1200 * time.Millisecond))
				all, _ := io.ReadAll(srv)
				got <- all
			})
			h := named(stage+"/"+string(mode), h2Hold(address, stage, mode, "/"))
			h.Interval = 10 * time.Millisecond
			plan.Holds, received[h.ID] = append(plan.Holds, h), got
		}
	}
	s := attackWith(t, plan)
	for _, h := range plan.Holds {
		t.Run(h.ID, func(t *testing.T) {
			s.await(h.ID, record.HoldReleased)
			checkHTTP2Bytes(NewWithT(t), h.Stage, h.Mode, string(<-received[h.ID]))
		})
	}
}

func checkHTTP2Bytes(g *WithT, stage string, mode record.Mode, got string) {
	if stage == "h2.preface" {
		want := map[record.Mode]string{record.Silent: "", record.Trickle: http2.ClientPreface[:23]}[mode]
		g.Expect(got).To(Equal(want))
		return
	}
	g.Expect(got).To(HavePrefix(http2.ClientPreface))
	framer := http2.NewFramer(nil, strings.NewReader(got[len(http2.ClientPreface):]))
	acknowledged, pinged, data := false, 0, 0
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			break
		}
		switch f := frame.(type) {
		case *http2.SettingsFrame:
			acknowledged = acknowledged || f.IsAck()
		case *http2.PingFrame:
			pinged++
		case *http2.DataFrame:
			data += len(f.Data())
			g.Expect(f.StreamEnded()).To(BeFalse())
		case *http2.HeadersFrame:
			g.Expect(f.HeadersEnded()).To(Equal(stage == "h2.body"))
			fields, err := hpack.NewDecoder(4096, nil).DecodeFull(f.HeaderBlockFragment())
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(fields).To(ContainElement(hpack.HeaderField{Name: "x-token", Value: "t"}))
			for _, field := range fields {
				g.Expect(field.Name).NotTo(Equal("connection"), "HTTP/2 forbids it")
			}
		case *http2.ContinuationFrame:
			g.Expect(f.HeadersEnded()).To(BeFalse())
		}
	}
	g.Expect(acknowledged).To(Equal(stage != "h2.settings"))
	if mode == record.Trickle && stage == "h2.settings" {
		g.Expect(pinged).To(BeNumerically(">", 1))
	}
	if stage == "h2.body" {
		want := map[record.Mode]int{record.Silent: len(bodyBegin), record.Trickle: 30}[mode]
		g.Expect(data).To(Equal(want), "never more than the server's window")
	}
}

// TestTheContinuationIsWellFormed decodes what trickle mode sends of headers.
func TestTheContinuationIsWellFormed(t *testing.T) {
	g := NewWithT(t)
	framer := http2.NewFramer(nil, strings.NewReader(continuation()))
	framer.AllowIllegalReads = true // it stands alone here
	frame, err := framer.ReadFrame()
	g.Expect(err).NotTo(HaveOccurred())
	fields, err := hpack.NewDecoder(4096, nil).DecodeFull(frame.(*http2.ContinuationFrame).HeaderBlockFragment())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(fields).To(HaveEach(hpack.HeaderField{Name: "x-hold", Value: strings.Repeat("a", 100), Sensitive: true}))
	g.Expect(len(fields)).To(BeNumerically("<", 90), "Apache takes 100 headers")
	ping, err := http2.NewFramer(nil, strings.NewReader(pingFrame)).ReadFrame()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(ping).To(BeAssignableToTypeOf(&http2.PingFrame{}))
}

// TestHTTP2NotApplicable finds out that a server does not speak it, or does not wait.
func TestHTTP2NotApplicable(t *testing.T) {
	t.Parallel()
	usual, _ := webServer(t, tls.VersionTLS13, tls.NoClientCert) // offers http/1.1 alone
	denying, _ := h2Server(t)
	cert := testCertificate(t)
	ignoring := listen(t, func(conn net.Conn) {
		_ = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}}).Handshake()
		_, _ = io.Copy(io.Discard, conn)
	})
	leaving := h2Listen(t, leaveAfterOneAnswer)
	cases := map[string]struct{ address, stage, path, says string }{
		"preface, refused":     {usual, "h2.preface", "/", "no_application_protocol"},
		"idle, refused":        {usual, "h2.idle", "/", "no_application_protocol"},
		"settings, no ALPN":    {ignoring, "h2.settings", "/", `chose ""`},
		"headers, no ALPN":     {ignoring, "h2.headers", "/", `chose ""`},
		"body, 401 at once":    {denying.Listener.Addr().String(), "h2.body", "/deny", "401"},
		"idle, GOAWAY with it": {leaving, "h2.idle", "/", "keep-alive is off"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := attackWith(t, h2Hold(tc.address, tc.stage, record.Silent, tc.path))
			NewWithT(t).Expect(s.await("h", record.HoldNotApplicable).Note).To(ContainSubstring(tc.says))
		})
	}
}

// leaveAfterOneAnswer announces the end of the connection before it answers.
func leaveAfterOneAnswer(_ *net.TCPConn, srv *tls.Conn) {
	_, _ = io.ReadFull(srv, make([]byte, len(http2.ClientPreface)))
	framer := http2.NewFramer(srv, srv)
	_ = framer.WriteSettings()
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			return
		}
		if _, ok := frame.(*http2.HeadersFrame); ok {
			_ = framer.WriteGoAway(h2Stream, http2.ErrCodeNo, nil)
			_ = framer.WriteHeaders(http2.HeadersFrameParam{StreamID: h2Stream, BlockFragment: []byte{0x88}, EndHeaders: true, EndStream: true})
		}
	}
}
