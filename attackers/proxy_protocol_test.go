package attackers

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

func TestProxyHeader(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	header := func(version, from, to string) (string, error) {
		b, err := proxyHeader(version, netip.MustParseAddrPort(from), netip.MustParseAddrPort(to))
		return string(b), err
	}
	const signature = "0d0a0d0a000d0a515549540a"
	for _, tc := range []struct{ version, from, to, want string }{
		{"v1", "192.0.2.1:50000", "192.0.2.2:443", "PROXY TCP4 192.0.2.1 192.0.2.2 50000 443\r\n"},
		{"v1", "[::ffff:192.0.2.1]:50000", "192.0.2.2:443", "PROXY TCP4 192.0.2.1 192.0.2.2 50000 443\r\n"},
		{"v1", "[fe80::1%eth0]:50000", "[2001:db8::2]:443", "PROXY TCP6 fe80::1 2001:db8::2 50000 443\r\n"},
		{"v2", "192.0.2.1:50000", "192.0.2.2:443", unhex(t, signature+"2111000cc0000201c0000202c35001bb")},
		{"v2", "[2001:db8::1]:50000", "[2001:db8::2]:443", unhex(t, signature+"2121002420010db800000000000000000000000120010db8000000000000000000000002c35001bb")},
	} {
		got, err := header(tc.version, tc.from, tc.to)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(got).To(Equal(tc.want))
	}
	_, err := header("v1", "192.0.2.1:1", "[2001:db8::2]:443")
	g.Expect(err).To(MatchError(ContainSubstring("not two addresses of one family")))
	_, err = header("v3", "192.0.2.1:1", "192.0.2.2:443")
	g.Expect(err).To(MatchError(ContainSubstring("use v1 or v2")))
}

func unhex(t *testing.T, text string) string {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestTheProxyHeaderComesFirst has a server that reads the header, and then makes a TLS
// handshake and asks for a certificate.
func TestTheProxyHeaderComesFirst(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"v1", "v2"} {
		for _, protocol := range []string{"1.2", "1.3"} {
			t.Run(version+"/"+protocol, func(t *testing.T) {
				t.Parallel()
				g := NewWithT(t)
				client, key := testClientPEM(t)
				headers, shown := make(chan string, 1), make(chan []byte, 1)
				cert := testCertificate(t)
				address := listen(t, func(conn net.Conn) {
					want, _ := proxyHeader(version, netip.MustParseAddrPort(conn.RemoteAddr().String()), netip.MustParseAddrPort(conn.LocalAddr().String()))
					got := make([]byte, len(want))
					_, _ = io.ReadFull(conn, got)
					headers <- fmt.Sprintf("%q, wanted %q", got, want)
					srv := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequireAnyClientCert})
					if srv.Handshake() == nil {
						shown <- srv.ConnectionState().PeerCertificates[0].Raw
						waitThen(400*time.Millisecond, conn, func() {})
					}
				})
				s := attackWith(t, oneHold(address, "tls.established", record.Silent, func(h *wire.Hold) {
					h.TLS = &wire.TLS{Version: protocol, ClientCert: append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: client}), key...)}
					h.Preface = []wire.Step{{Proxy: version}}
				}))
				var header string
				g.Eventually(headers).Should(Receive(&header))
				var got, want string
				_, err := fmt.Sscanf(header, "%q, wanted %q", &got, &want)
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(got).To(Equal(want))
				g.Eventually(shown).Should(Receive(Equal(client)), "the client's certificate")
				g.Expect(s.await("h", record.HoldReleased).Release.By).To(Equal(record.ByFIN))
			})
		}
	}
}

// testClientPEM is a client's certificate (DER) and its key (PEM).
func testClientPEM(t *testing.T) (certificate, key []byte) {
	t.Helper()
	pair := testCertificate(t)
	der, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return pair.Certificate[0], pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// TestNothingIsSentOnAConnectionThatIsOnlyConnected: a preface belongs to the stages after it.
func TestNothingIsSentOnAConnectionThatIsOnlyConnected(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	got := make(chan string, 2)
	address := listen(t, func(conn net.Conn) {
		_ = conn.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
		line, _ := bufio.NewReader(conn).ReadString('\n')
		got <- line
	})
	for _, stage := range []string{"tcp.connected", "http.headers"} {
		s := attackWith(t, oneHold(address, stage, record.Silent, func(h *wire.Hold) { h.Preface = []wire.Step{{Proxy: "v1"}} }))
		var line string
		g.Eventually(got).Should(Receive(&line))
		if stage == "tcp.connected" {
			g.Expect(line).To(BeEmpty())
			g.Expect(s.await("h", record.HoldParked).HoldInfo.Sent).To(BeZero())
			continue
		}
		g.Expect(line).To(HavePrefix("PROXY TCP4 127.0.0.1 127.0.0.1 "))
	}
}

func TestAProxyStepOfNoVersionIsRefused(t *testing.T) {
	t.Parallel()
	address := listen(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	s := attackWith(t, oneHold(address, "http.headers", record.Silent, func(h *wire.Hold) { h.Preface = []wire.Step{{Proxy: "v3"}} }))
	NewWithT(t).Expect(s.await("h", record.HoldFailed).Note).To(ContainSubstring("preface, step 1"))
}
