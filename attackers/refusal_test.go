package attackers

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"golang.org/x/net/http2"

	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// answers reads the beginning of a request, and answers.
func answers(text string) func(net.Conn) {
	return func(conn net.Conn) {
		_, _ = conn.Read(make([]byte, 16<<10))
		_, _ = io.WriteString(conn, text)
	}
}

// inTLS does this over TLS, and sends close_notify.
func inTLS(t *testing.T, serve func(net.Conn)) func(net.Conn) {
	cert := testCertificate(t)
	return func(conn net.Conn) {
		srv := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}})
		serve(srv)
		_ = srv.CloseWrite()
	}
}

// h2Answers agrees on HTTP/2 and answers the first request.
func h2Answers(t *testing.T, answer func(*http2.Framer)) func(net.Conn) {
	cert := testCertificate(t)
	return func(conn net.Conn) {
		srv := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{h2Protocol}})
		_, _ = io.ReadFull(srv, make([]byte, len(http2.ClientPreface)))
		framer := http2.NewFramer(srv, srv)
		_ = framer.WriteSettings()
		for {
			frame, err := framer.ReadFrame()
			if err != nil {
				return
			}
			if _, ok := frame.(*http2.HeadersFrame); ok {
				answer(framer)
				return
			}
		}
	}
}

// h2Status is a whole answer: 0x88 is 200 and 0x8d is 404 (RFC 7541 appendix A).
func h2Status(framer *http2.Framer, block byte) {
	_ = framer.WriteHeaders(http2.HeadersFrameParam{StreamID: h2Stream, BlockFragment: []byte{block}, EndHeaders: true, EndStream: true})
}

// refusing are servers that say that they do not wait at a stage.
type refusing struct {
	stage string
	tls   bool
	serve func(net.Conn)
	says  string
}

func refusingServers(t *testing.T) map[string]refusing {
	const closes = "Connection: close\r\n"
	notFound := answers("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
	return map[string]refusing{
		"keep-alive off":             {"http.keep-alive", false, answers("HTTP/1.1 200 OK\r\n" + closes + "Content-Length: 2\r\n\r\nok"), "keep-alive is off"},
		"keep-alive off, part":       {"http.keep-alive", false, answers("HTTP/1.1 200 OK\r\n" + closes + "Content-Length: 9\r\n\r\nok"), "keep-alive is off"},
		"keep-alive off, chunked":    {"http.keep-alive", false, answers("HTTP/1.1 200 OK\r\n" + closes + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"), "keep-alive is off"},
		"HTTP/1.0":                   {"http.keep-alive", false, answers("HTTP/1.0 200 OK\r\n\r\nok"), "keep-alive is off"},
		"HTTP/1.0 over TLS":          {"http.keep-alive", true, inTLS(t, answers("HTTP/1.0 200 OK\r\n\r\nok")), "keep-alive is off"},
		"body":                       {"http.body", false, notFound, "404"},
		"body over TLS":              {"http.body", true, inTLS(t, notFound), "404"},
		"body, closing":              {"http.body", false, answers("HTTP/1.1 404 Not Found\r\n" + closes + "\r\n"), "404"},
		"body, 200":                  {"http.body", false, answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), "200"},
		"body, after an interim one": {"http.body", false, answers("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 404 Not Found\r\n\r\n"), "404"},
		"chunk":                      {"http.chunk", false, notFound, "404"},
		"expect":                     {"http.expect-100", false, answers("HTTP/1.1 417 No\r\n" + closes + "\r\n"), "417"},
		"headers":                    {"http.headers", false, answers("HTTP/1.1 431 Too Large\r\n\r\n"), "431"},
		"request line":               {"http.request-line", false, answers("HTTP/1.1 301 Moved\r\n\r\n"), "301"},
		"response":                   {"http.response", false, answers("HTTP/1.1 200 OK\r\n" + closes + "Content-Length: 2\r\n\r\nok"), "too small"},
		"response, 404":              {"http.response", false, answers("HTTP/1.0 404 Not Found\r\n\r\n" + strings.Repeat("x", 100<<10)), "404"},
		"h2 idle":                    {"h2.idle", true, h2Answers(t, func(f *http2.Framer) { _ = f.WriteGoAway(h2Stream, http2.ErrCodeNo, nil); h2Status(f, 0x88) }), "keep-alive is off"},
		"h2 idle, GOAWAY after it":   {"h2.idle", true, h2Answers(t, func(f *http2.Framer) { h2Status(f, 0x88); _ = f.WriteGoAway(h2Stream, http2.ErrCodeNo, nil) }), "keep-alive is off"},
		"h2 body":                    {"h2.body", true, h2Answers(t, func(f *http2.Framer) { h2Status(f, 0x8d) }), "404"},
		"h2 body, and GOAWAY":        {"h2.body", true, h2Answers(t, func(f *http2.Framer) { h2Status(f, 0x8d); _ = f.WriteGoAway(h2Stream, http2.ErrCodeNo, nil) }), "404"},
		"no h2": {"h2.preface", true, func(conn net.Conn) {
			_, _ = conn.Read(make([]byte, 16<<10))
			_, _ = conn.Write([]byte{recordAlert, 3, 3, 0, 2, 2, 120})
		}, "no_application_protocol"},
	}
}

// TestARefusalCountsWhenTheConnectionIsClosed has each server three times: it closes the connection at once, a while later,
// or never, although it said that it does not wait.
func TestARefusalCountsWhenTheConnectionIsClosed(t *testing.T) {
	t.Parallel()
	const settle, later, watch = 700 * time.Millisecond, 2 * time.Second, 2500 * time.Millisecond
	tellLater := []string{"keep-alive off", "HTTP/1.0 over TLS", "body", "response", "h2 idle", "h2 body"}
	closing := map[string]struct {
		settle time.Duration
		then   func(net.Conn)
	}{
		"at once": {2 * time.Second, func(net.Conn) {}},
		"later":   {settle, func(conn net.Conn) { waitThen(later, conn, func() {}) }},
		"never":   {settle, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }},
	}
	plan, servers := wire.Plan{Run: "r"}, refusingServers(t)
	for name, one := range servers {
		for when, how := range closing {
			if when == "later" && !slices.Contains(tellLater, name) {
				continue
			}
			address := listen(t, func(conn net.Conn) {
				one.serve(conn)
				how.then(conn)
			})
			plan.Holds = append(plan.Holds, named(name+"/"+when, oneHold(address, one.stage, record.Silent, func(h *wire.Hold) {
				h.Watch, h.Settle, h.StartAfter = watch, how.settle, time.Duration(len(plan.Holds))*10*time.Millisecond
				if one.tls {
					h.TLS = &wire.TLS{}
				}
			})))
		}
	}
	s := attackWith(t, plan) // all wait at the same time
	for name, one := range servers {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(s.awaitIn(t, name+"/at once", record.HoldNotApplicable).Note).To(ContainSubstring(one.says))
			for when, by := range map[string][]any{"/later": {record.ByFIN, record.ByRST}, "/never": {record.ByNothing}} {
				if when == "/later" && !slices.Contains(tellLater, name) {
					continue
				}
				parked := s.awaitIn(t, name+when, record.HoldParked)
				g.Expect(parked.HoldInfo.Refused).To(ContainSubstring(one.says), when)
				g.Expect(parked.Note).To(Equal(parked.HoldInfo.Refused), when)
				g.Expect(s.awaitIn(t, name+when, record.HoldReleased).Release.By).To(BeElementOf(by...), when)
			}
		})
	}
}

// TestAStreamThatIsResetIsOver: HTTP/2 has an end of one request, and its connection stays for others.
func TestAStreamThatIsResetIsOver(t *testing.T) {
	t.Parallel()
	address := listen(t, func(conn net.Conn) {
		h2Answers(t, func(f *http2.Framer) {
			h2Status(f, 0x8d)
			_ = f.WriteRSTStream(h2Stream, http2.ErrCodeNo)
		})(conn)
		_, _ = io.Copy(io.Discard, conn)
	})
	s := attackWith(t, oneHold(address, "h2.body", record.Silent, func(h *wire.Hold) { h.TLS, h.Settle = &wire.TLS{}, time.Second }))
	NewWithT(t).Expect(s.await("h", record.HoldNotApplicable).Note).To(ContainSubstring("404"))
}

// TestABodyWithoutAWindow: a server that lets no byte of a body come yet waits for it as well.
func TestABodyWithoutAWindow(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	address := h2Listen(t, func(tcp *net.TCPConn, srv *tls.Conn) {
		_ = http2.NewFramer(srv, srv).WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
		waitThen(500*time.Millisecond, tcp, func() {})
	})
	s := attackWith(t, h2Hold(address, "h2.body", record.Silent, "/"))
	s.await("h", record.HoldParked)
	g.Expect(s.await("h", record.HoldReleased).Release.By).To(Equal(record.ByFIN))
}

// TestOpensslServesOneRequestAndKeepsTheConnection: `openssl s_server -WWW` sends close_notify after its answer, and waits
// for the client to close the connection.
func TestOpensslServesOneRequestAndKeepsTheConnection(t *testing.T) {
	t.Parallel()
	for _, stage := range []string{"http.keep-alive", "http.headers"} {
		t.Run(stage, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			address := openssl(t)
			s := attackWith(t, oneHold(address, stage, record.Silent, func(h *wire.Hold) {
				h.TLS, h.Request.Path, h.Watch = &wire.TLS{}, "/server.pem", time.Second
			}))
			g.Expect(s.await("h", record.HoldParked).HoldInfo.Refused).To(ContainSubstring("the server answered 200"))
			g.Expect(s.await("h", record.HoldReleased).Release.By).To(Equal(record.ByNothing))
		})
	}
}

// openssl starts `openssl s_server -WWW`, which serves one connection at a time.
func openssl(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("needs the openssl command")
	}
	g := NewWithT(t)
	dir := t.TempDir()
	g.Expect(os.WriteFile(filepath.Join(dir, "server.pem"), pemOf(t, testCertificate(t)), 0o600)).To(Succeed())
	cmd := exec.Command(path, "s_server", "-accept", "127.0.0.1:0", "-cert", "server.pem", "-WWW")
	cmd.Dir = dir
	out, err := cmd.StdoutPipe()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(cmd.Start()).To(Succeed())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if address, is := strings.CutPrefix(lines.Text(), "ACCEPT "); is && address != "" {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return address
		}
	}
	t.Fatal("openssl s_server did not say where it listens")
	return ""
}
