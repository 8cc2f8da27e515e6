package attackers

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// pemOf is certificate and key in one piece, as plans have them.
func pemOf(t *testing.T, cert tls.Certificate) []byte {
	t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for _, block := range []*pem.Block{{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}, {Type: "PRIVATE KEY", Bytes: key}} {
		if err := pem.Encode(&b, block); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// TestClientCertificateIsShown: a server that asks for a certificate accepts the plan's, and
// a Finished is withheld after it.
func TestClientCertificateIsShown(t *testing.T) {
	t.Parallel()
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		address, _ := webServer(t, version, tls.RequireAnyClientCert)
		plan := wire.Plan{Run: "r"}
		for _, stage := range []string{"tls.established", "tls.finished", "tls.client-certificate", "http.keep-alive"} {
			h := oneHold(address, stage, record.Silent, func(h *wire.Hold) {
				h.ID, h.TLS = stage, &wire.TLS{ClientCert: pemOf(t, testCertificate(t))}
			})
			plan.Holds = append(plan.Holds, h.Holds...)
		}
		s := attackWith(t, plan)
		for _, h := range plan.Holds {
			t.Run(tls.VersionName(version)+"/"+h.ID, func(t *testing.T) { s.await(h.ID, record.HoldParked) })
		}
	}
}

// TestEncryptedAlertByName: a TLS 1.3 server refuses the empty certificate with an
// alert that only the TLS stack can read. It arrives at once, so it is a refusal unless
// the plan wants no settling.
func TestEncryptedAlertByName(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	address, _ := webServer(t, tls.VersionTLS13, tls.RequireAnyClientCert)
	s := attackWith(t, oneHold(address, "tls.established", record.Silent, func(h *wire.Hold) { h.TLS, h.Settle = &wire.TLS{}, time.Second }))
	g.Expect(s.await("h", record.HoldFailed).Note).To(ContainSubstring("tls-alert certificate_required"))
	s = attackWith(t, oneHold(address, "tls.established", record.Silent, func(h *wire.Hold) { h.TLS, h.Settle = &wire.TLS{}, time.Nanosecond }))
	e := s.await("h", record.HoldReleased)
	g.Expect(e.Release.By).To(Equal(record.ByAlert))
	g.Expect(e.Release.Detail).To(Equal("certificate_required"))
}

func TestAlertNames(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	g.Expect(alertName(48)).To(Equal("unknown_ca"))
	g.Expect(alertName(200)).To(Equal("alert_200"))
	_, is := alertIn(nil)
	g.Expect(is).To(BeFalse())
}
