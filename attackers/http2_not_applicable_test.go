package attackers

import (
	"crypto/tls"
	"io"
	"net"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

// TestHTTP2NotApplicable has servers that do not speak HTTP/2, or do not wait.
func TestHTTP2NotApplicable(t *testing.T) {
	t.Parallel()
	usual, _ := webServer(t, tls.VersionTLS13, tls.NoClientCert) // offers http/1.1 alone
	denying, _ := h2Server(t)
	cert := testCertificate(t)
	ignoring := listen(t, func(conn net.Conn) {
		_ = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}}).Handshake()
		_, _ = io.Copy(io.Discard, conn)
	})
	cases := map[string]struct{ address, stage, path, says string }{
		"preface, refused":  {usual, "h2.preface", "/", "no_application_protocol"},
		"idle, refused":     {usual, "h2.idle", "/", "no_application_protocol"},
		"settings, no ALPN": {ignoring, "h2.settings", "/", `chose ""`},
		"headers, no ALPN":  {ignoring, "h2.headers", "/", `chose ""`},
		"body, 401 at once": {denying.Listener.Addr().String(), "h2.body", "/deny", "401"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := attackWith(t, h2Hold(tc.address, tc.stage, record.Silent, tc.path))
			NewWithT(t).Expect(s.await("h", record.HoldNotApplicable).Note).To(ContainSubstring(tc.says))
		})
	}
}
