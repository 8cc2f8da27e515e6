package attackers

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// mailServer speaks enough SMTP for STARTTLS, and hands each line after it to lines.
func mailServer(t *testing.T, lines chan<- string) string {
	cert := testCertificate(t)
	return listen(t, func(conn net.Conn) {
		_, _ = io.WriteString(conn, "220 mail ready\r\n")
		r := bufio.NewReader(conn)
		for {
			line, err := r.ReadString('\n')
			switch {
			case err != nil:
				return
			case line == "EHLO hold\r\n":
				_, _ = io.WriteString(conn, "250-mail\r\n250 STARTTLS\r\n")
			case line == "STARTTLS\r\n":
				_, _ = io.WriteString(conn, "220 go ahead\r\n")
				srv := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}})
				if srv.Handshake() != nil {
					return
				}
				conn, r = srv, bufio.NewReader(srv)
			default:
				lines <- line
				_, _ = io.WriteString(conn, "250 ok\r\n")
			}
		}
	})
}

func startTLS() []wire.Step {
	return []wire.Step{{Expect: "^220 "}, {Send: "EHLO hold\r\n"}, {Expect: "(?m)^250 "}, {Send: "STARTTLS\r\n"}, {Expect: "(?m)^220 .*\n"}}
}

func TestConversationUpgradesAndHolds(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	lines := make(chan string, 10)
	address := mailServer(t, lines)
	steps := append(startTLS(), wire.Step{TLS: "upgrade"}, wire.Step{Send: "MAIL\r\n"}, wire.Step{Expect: "250 ok"}, wire.Step{Hex: "4e4f4f500d0a"}, wire.Step{Expect: "250"})
	s := attackWith(t, oneHold(address, "mail-from", record.Silent, func(h *wire.Hold) {
		h.Conversation, h.Watch = steps, 100*time.Millisecond
	}))
	g.Expect(s.await("h", record.HoldReleased).Release.By).To(Equal(record.ByNothing))
	g.Expect(<-lines).To(Equal("MAIL\r\n"))
	g.Expect(<-lines).To(Equal("NOOP\r\n"))
}

// TestStagesAfterAPreface parks inside TLS that began in the clear.
func TestStagesAfterAPreface(t *testing.T) {
	t.Parallel()
	address := mailServer(t, make(chan string, 10))
	for _, stage := range []string{"tls.client-hello", "tls.server-hello", "tls.finished", "tls.established"} {
		t.Run(stage, func(t *testing.T) {
			s := attackWith(t, oneHold(address, stage, record.Silent, func(h *wire.Hold) { h.Preface = startTLS() }))
			s.await("h", record.HoldParked)
		})
	}
}

// TestProxyLine sends the PROXY protocol before a stage.
func TestProxyLine(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	got := make(chan string, 1)
	address := listen(t, func(conn net.Conn) {
		buf := make([]byte, 256)
		n, _ := io.ReadAtLeast(conn, buf, len("PROXY UNKNOWN\r\nGET /"))
		got <- string(buf[:n])
		_, _ = io.Copy(io.Discard, conn)
	})
	s := attackWith(t, oneHold(address, "http.request-line", record.Silent, func(h *wire.Hold) {
		h.Preface = []wire.Step{{Send: "PROXY UNKNOWN\r\n"}}
	}))
	s.await("h", record.HoldParked)
	g.Expect(<-got).To(Equal("PROXY UNKNOWN\r\nGET /"))
}

func TestConversationThatFails(t *testing.T) {
	t.Parallel()
	address := mailServer(t, make(chan string, 10))
	cases := map[string]struct {
		steps []wire.Step
		says  string
	}{
		"another answer":   {[]wire.Step{{Expect: "^554"}}, `expect "^554": got "220 mail ready`},
		"no expression":    {[]wire.Step{{Expect: "("}}, "error parsing regexp"},
		"nothing to do":    {[]wire.Step{{}}, "nothing to do"},
		"not hexadecimal":  {[]wire.Step{{Hex: "zz"}}, "invalid byte"},
		"no TLS after all": {[]wire.Step{{TLS: "upgrade"}}, "does not speak TLS"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			s := attackWith(t, oneHold(address, "conversation", record.Silent, func(h *wire.Hold) {
				h.Conversation, h.ReachWithin = tc.steps, 500*time.Millisecond
			}))
			e := s.await("h", record.HoldFailed)
			g.Expect(e.Note).To(And(HavePrefix("conversation: "), ContainSubstring(" with "+address)))
			g.Expect(e.Note).To(ContainSubstring(tc.says))
		})
	}
}
