package attackers

import (
	"crypto/tls"
	"io"
	"net"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// TestNotApplicable has servers that cannot have the stage.
func TestNotApplicable(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		stage   string
		request wire.Request
		version uint16
		says    string
	}{
		"keep-alive off":        {"http.keep-alive", wire.Request{Path: "/close"}, 0, "keep-alive is off"},
		"401 before the body":   {"http.body", wire.Request{Body: "/deny"}, 0, "401"},
		"401 over TLS 1.3":      {"http.body", wire.Request{Body: "/deny"}, tls.VersionTLS13, "401"},
		"401 instead of a 100":  {"http.expect-100", wire.Request{Body: "/deny"}, tls.VersionTLS12, "401"},
		"small response":        {"http.response", wire.Request{Large: "/small"}, 0, "5 bytes"},
		"denied response":       {"http.response", wire.Request{Large: "/deny"}, 0, "401"},
		"no certificate asked":  {"tls.client-certificate", wire.Request{}, tls.VersionTLS12, "does not ask"},
		"no certificate in 1.3": {"tls.client-certificate", wire.Request{}, tls.VersionTLS13, "does not ask"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address, _ := webServer(t, tc.version, tls.NoClientCert)
			s := attackWith(t, oneHold(address, tc.stage, record.Silent, func(h *wire.Hold) {
				h.Request, h.Settle = tc.request, 2*time.Second // net/http closes half a second after its answer
				if tc.version != 0 {
					h.TLS = &wire.TLS{}
				}
			}))
			e := s.await("h", record.HoldNotApplicable)
			NewWithT(t).Expect(e.Note).To(ContainSubstring(tc.says))
		})
	}
}

// TestNotReached: the report has stage, step and address.
func TestNotReached(t *testing.T) {
	t.Parallel()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := free.Addr().String()
	_ = free.Close()
	closes := func(net.Conn) {}
	readsAndCloses := func(c net.Conn) { _, _ = c.Read(make([]byte, 16<<10)) }
	banner := func(c net.Conn) {
		_, _ = io.WriteString(c, "220 not TLS, by far\r\n")
		_, _ = io.Copy(io.Discard, c)
	}
	broken := func(c net.Conn) {
		_, _ = c.Read(make([]byte, 16<<10))
		_, _ = io.WriteString(c, "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
	}
	mute := func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
	cases := map[string]struct {
		stage string
		serve func(net.Conn)
		says  []string
	}{
		"refused":        {"tcp.connected", nil, []string{"tcp.connected: dial", "refused"}},
		"closes at once": {"tcp.connected", closes, []string{"fin", "a refusal and no limit"}},
		"closes early":   {"tls.established", readsAndCloses, []string{"tls.established: TLS handshake", "the stage was reached"}},
		"no TLS":         {"tls.server-hello", banner, []string{"does not speak TLS"}},
		"error, closing": {"http.keep-alive", broken, []string{"answered 503"}},
		"error, small":   {"http.response", broken, []string{"answered 503 for the large response"}},
		"no answer":      {"http.keep-alive", mute, []string{"read the response", "timeout"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			address := refused
			if tc.serve != nil {
				address = listen(t, tc.serve)
			}
			s := attackWith(t, oneHold(address, tc.stage, record.Silent, func(h *wire.Hold) { h.ReachWithin = 300 * time.Millisecond }))
			e := s.await("h", record.HoldFailed)
			g.Expect(e.Note).To(ContainSubstring(address))
			for _, part := range tc.says {
				g.Expect(e.Note).To(ContainSubstring(part))
			}
			g.Expect(s.first("h", record.HoldParked)).To(BeNil())
		})
	}
}
