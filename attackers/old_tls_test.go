package attackers

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// oldServer speaks TLS 1.0 with one cipher and an RSA key, as a server of 2002, and gives its address.
func oldServer(t *testing.T, cipher uint16) string {
	t.Helper()
	g := NewWithT(t)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	g.Expect(err).NotTo(HaveOccurred())
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), crypto.Signer(key))
	g.Expect(err).NotTo(HaveOccurred())
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10,
		CipherSuites: []uint16{cipher}, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func(conn net.Conn) {
				defer conn.Close()
				_, _ = conn.Read(make([]byte, 1)) // the handshake, and then silence
			}(conn)
		}
	}()
	return listener.Addr().String()
}

// TestOldServers: with its version and ciphers each stage of an old server is reached. Without, the failure says what to write.
func TestOldServers(t *testing.T) {
	t.Parallel()
	for name, cipher := range map[string]uint16{"RC4": tls.TLS_RSA_WITH_RC4_128_SHA, "triple DES": tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA,
		"AES without forward secrecy": tls.TLS_RSA_WITH_AES_128_CBC_SHA} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := oldServer(t, cipher)
			for _, stage := range []string{"tls.client-hello", "tls.server-hello", "tls.finished", "tls.established"} {
				s := attackWith(t, oneHold(address, stage, record.Silent, func(h *wire.Hold) { h.TLS = &wire.TLS{Version: "1.0"} }))
				s.await("h", record.HoldParked)
			}
			s := attackWith(t, oneHold(address, "tls.established", record.Silent, func(h *wire.Hold) { h.TLS = &wire.TLS{} }))
			failed := s.await("h", record.HoldFailed)
			NewWithT(t).Expect(failed.Error + failed.Note).To(And(ContainSubstring("accepts none of the versions and ciphers"), ContainSubstring(`write tls: "1.0"`)))
		})
	}
}
