package attackers

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

// The limits of the test server, in seconds apart enough to tell them.
const (
	headLimit = 1200 * time.Millisecond // handshake and head
	idleLimit = 1500 * time.Millisecond // keep-alive
)

// countingListener counts what the server read from each client address.
type countingListener struct {
	net.Listener
	reads sync.Map // string to *atomic.Int64
}

type countingConn struct {
	net.Conn
	count *atomic.Int64
}

func (l *countingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	count, _ := l.reads.LoadOrStore(c.RemoteAddr().String(), new(atomic.Int64))
	return &countingConn{c, count.(*atomic.Int64)}, nil
}

// read is how many bytes came from that client.
func (l *countingListener) read(client string) int {
	count, known := l.reads.Load(client)
	if !known {
		return -1
	}
	return int(count.(*atomic.Int64).Load())
}

func (c *countingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.count.Add(int64(n))
	return n, err
}

// webServer is a real net/http server with limits; version 0 is plain HTTP.
func webServer(t *testing.T, version uint16, auth tls.ClientAuthType) (string, *countingListener) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		rc := http.NewResponseController(w)
		_ = rc.SetReadDeadline(time.Now().Add(headLimit))
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			http.Error(w, "too slow", http.StatusRequestTimeout)
			return
		}
		_, _ = io.WriteString(w, "hello")
	})
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) {
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(headLimit))
		w.Header().Set("Content-Length", "16777216")
		_, _ = w.Write(make([]byte, 16<<20))
	})
	mux.HandleFunc("/small", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "small") })
	mux.HandleFunc("/close", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close") })
	mux.HandleFunc("/deny", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusUnauthorized) })
	s := httptest.NewUnstartedServer(mux)
	counting := &countingListener{Listener: s.Listener}
	s.Listener = counting
	s.Config.ReadHeaderTimeout, s.Config.IdleTimeout = headLimit, idleLimit
	s.Config.ErrorLog = nil
	if version == 0 {
		s.Start()
	} else {
		s.TLS = &tls.Config{MinVersion: version, MaxVersion: version, ClientAuth: auth, Certificates: []tls.Certificate{testCertificate(t)}}
		s.StartTLS()
	}
	t.Cleanup(s.Close)
	return counting.Addr().String(), counting
}

// reachable is one hold of TestEveryStageParksAndIsReleased.
type reachable struct {
	Hold
	info   StageInfo
	server *countingListener
}

// everyStage plans the whole catalogue in all its modes against real servers:
// plain, with TLS 1.2, with TLS 1.3, and where it takes one, that asks for a certificate.
func everyStage(t *testing.T) (Plan, []reachable) {
	var plan Plan
	var all []reachable
	for name, version := range map[string]uint16{"plain": 0, "tls12": tls.VersionTLS12, "tls13": tls.VersionTLS13} {
		_, usual := webServer(t, version, tls.NoClientCert)
		_, asking := webServer(t, version, tls.RequireAnyClientCert)
		for _, info := range Stages() {
			if info.Name == "conversation" || info.Name == "tls.sslv2-hello" || strings.HasPrefix(info.Name, "h2.") || (info.NeedsTLS && version == 0) {
				continue // have tests of their own, or need TLS
			}
			server := usual
			if info.Name == "tls.client-certificate" {
				server = asking
			}
			for _, mode := range info.Modes {
				id := name + "/" + info.Name + "/" + string(mode)
				h := oneHold(server.Addr().String(), info.Name, mode, func(h *Hold) {
					h.ID, h.Cell = id, id
					h.Request = Request{Path: "/", Body: "/", Large: "/large"}
					h.TrickleFor, h.Watch = 150*time.Millisecond, 4*time.Second
					if info.Name == "http.response" {
						h.Watch = 2 * time.Second // nothing will show
					}
					if version != 0 {
						h.TLS = &TLS{ServerName: "a.test"}
					}
				}).Holds[0]
				plan.Holds = append(plan.Holds, h)
				all = append(all, reachable{h, info, server})
			}
		}
	}
	return plan, all
}

func TestEveryStageParksAndIsReleased(t *testing.T) {
	t.Parallel()
	plan, all := everyStage(t)
	s := attackWith(t, plan)
	for _, r := range all {
		t.Run(r.ID, func(t *testing.T) { r.check(NewWithT(t), s) })
	}
}

func (r reachable) check(g *WithT, s *session) {
	connected := s.await(r.ID, record.HoldConnected)
	parked := s.await(r.ID, record.HoldParked)
	released := s.await(r.ID, record.HoldReleased)
	g.Expect(connected.HoldInfo.Peer).To(Equal(r.Address))
	g.Expect(connected.Cell).To(Equal(r.Cell))
	g.Expect(parked.T).To(BeNumerically(">", connected.T))
	if r.info.Name != "http.response" {
		// A response that is not read leaves no trace of the server's end here.
		g.Expect(released.Release.By).NotTo(Equal(record.ByNothing))
		limit := headLimit
		if r.info.Name == "http.keep-alive" {
			limit = idleLimit
		}
		// Loosely: the server's clock begins when it accepts, and the machine may be busy.
		g.Expect(time.Duration(released.T - parked.T)).To(And(BeNumerically(">", limit/4), BeNumerically("<", limit+2*time.Second)))
		g.Expect(r.server.read(connected.HoldInfo.Local)).To(Equal(released.HoldInfo.Sent), "the server read what was sent")
	}
	if r.Mode == record.Trickle {
		trickled := s.await(r.ID, record.HoldTrickled)
		g.Expect(time.Duration(trickled.T - parked.T)).To(BeNumerically("<", headLimit))
		if r.info.Name == "http.response" {
			g.Expect(trickled.HoldInfo.Got).To(BeNumerically(">=", 4*slowBite), "bytes that were read slowly")
		} else {
			before := parked.HoldInfo.Sent
			g.Expect(released.HoldInfo.Sent).To(Equal(trickled.HoldInfo.Sent), "silent after the trickle")
			g.Expect(before).To(BeNumerically("<=", trickled.HoldInfo.Sent))
			g.Expect(released.Release.LastT).To(Equal(trickled.T))
		}
	}
	if slices.Contains([]string{"http.body", "http.chunk", "http.expect-100", "h2.body"}, r.Hold.Stage) {
		g.Expect(released.Release.By).To(Equal(record.ByStatus))
		g.Expect(released.Release.Detail).To(Equal("408"))
		g.Expect(released.Release.End).NotTo(BeEmpty())
		g.Expect(released.Release.EndT).To(BeNumerically(">=", released.T))
	}
}

// TestTrickledBytesArriveOneByOne counts reads on the server's side: each trickled
// byte is a segment of its own, all arrive, and the stage is never completed.
func TestTrickledBytesArriveOneByOne(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	sizes := make(chan int, 1000)
	address := listen(t, func(conn net.Conn) {
		buf := make([]byte, 4096)
		for {
			n, err := conn.Read(buf)
			if err != nil {
				return
			}
			sizes <- n
		}
	})
	s := attackWith(t, oneHold(address, "tls.client-hello", record.Trickle, func(h *Hold) {
		h.Interval, h.Phase, h.Watch = 5*time.Millisecond, 10*time.Millisecond, 4*time.Second
		h.TLS = &TLS{Version: "1.2"}
	}))
	hello, err := captureHello(&TLS{Version: "1.2"})
	g.Expect(err).NotTo(HaveOccurred())
	s.await("h", record.HoldTrickled)
	g.Expect(<-sizes).To(Equal(len(hello)/2), "half the hello in one segment")
	single := len(hello) - len(hello)/2 - 1
	got, reads := 0, 0
	for got < single {
		var n int
		g.Eventually(sizes).Should(Receive(&n), "byte %d of %d", got, single)
		got, reads = got+n, reads+1
	}
	g.Expect(got).To(Equal(single))
	g.Expect(reads).To(BeNumerically(">", single/2), "a busy machine may read two at once, not all")
	g.Consistently(sizes, 50*time.Millisecond).ShouldNot(Receive(), "the last byte is never sent")
}

// TestFinishedIsWithheld proves on the server's side that the handshake is one
// message short, in both modes and versions, and that the Finished is all that is missing.
func TestFinishedIsWithheld(t *testing.T) {
	t.Parallel()
	for name, version := range map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13} {
		for _, mode := range bothModes {
			t.Run(name+"/"+string(mode), func(t *testing.T) {
				t.Parallel()
				g := NewWithT(t)
				done := make(chan error, 1)
				cert := testCertificate(t)
				address := listen(t, func(conn net.Conn) {
					srv := tls.Server(conn, &tls.Config{MinVersion: version, MaxVersion: version, Certificates: []tls.Certificate{cert}})
					done <- srv.Handshake()
				})
				s := attackWith(t, oneHold(address, "tls.finished", mode, func(h *Hold) {
					h.Interval = time.Millisecond
					h.TLS = &TLS{Version: name}
				}))
				s.await("h", record.HoldParked)
				if mode == record.Trickle {
					e := s.await("h", record.HoldTrickled)
					g.Expect(time.Duration(e.T - s.await("h", record.HoldParked).T)).To(BeNumerically(">=", leastFinished*time.Millisecond))
				}
				g.Consistently(done, 60*time.Millisecond).ShouldNot(Receive(), "the server must still wait")
				s.say(command{Release: "h"})
				var err error
				g.Eventually(done).Should(Receive(&err))
				g.Expect(errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)).To(BeTrue(), "%v", err)
				g.Eventually(func() *record.Event { return s.first("h", record.Observed) }).ShouldNot(BeNil())
			})
		}
	}
}

// TestLeastTrickle keeps the catalogue's promises about how long a trickle lasts.
func TestLeastTrickle(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	hello, err := captureHello(&TLS{Version: "1.2"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(len(hello) - len(hello)/2 - 1).To(BeNumerically(">=", leastHalfHello))
	for _, info := range Stages() {
		g.Expect(info.HasMode(record.Trickle)).To(Equal(info.TrickleBytes > 0), info.Name)
		g.Expect(info.TrickleLasts(time.Second)).To(Equal(time.Duration(info.TrickleBytes)*time.Second), info.Name)
		g.Expect(info.Rule).NotTo(BeEmpty(), info.Name)
		g.Expect(info.Sends).NotTo(BeEmpty(), info.Name)
		g.Expect(info.Trickles).NotTo(BeEmpty(), info.Name)
	}
	g.Expect(ModeExists("tls.client-hello-end", record.Trickle)).To(BeFalse())
	g.Expect(ModeExists("smtp-greeting", record.Trickle)).To(BeTrue(), "a conversation by another name")
}
