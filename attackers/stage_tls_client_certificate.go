package attackers

import (
	"crypto/tls"
	"time"
)

// leastCertificate is the size of the smallest Certificate record without its
// last byte: header 5, message header 4, empty list 3 (RFC 5246 section 7.4.6).
const leastCertificate = 11

// tlsClientCertificate parks a connection when the server has asked for the
// client's certificate and waits for it.
//
// Leans on: RFC 8446 section 4.4.2, RFC 5246 section 7.4.6.
// Sends: a whole ClientHello. Waits for: the server's CertificateRequest; a server
// that sends none cannot have this stage.
// Trickle: the record with the Certificate message, never its last byte. Without
// a certificate in the plan the message is an empty list.
//
// A certificate that is asked for later, in a renegotiation or after the
// handshake, is not seen.
func tlsClientCertificate() stage {
	return stage{
		StageInfo: StageInfo{
			Name:         "tls.client-certificate",
			NeedsTLS:     true,
			BeforeAuth:   true,
			Modes:        bothModes,
			Rule:         "RFC 8446 section 4.4.2, RFC 5246 section 7.4.6",
			Sends:        "a whole ClientHello",
			WaitsFor:     "the server's CertificateRequest",
			Trickles:     "the Certificate record, never its last byte",
			TrickleBytes: leastCertificate,
		},
		reach: func(c *client) error {
			asked, answering := false, false
			c.gate.pass = func(rec []byte) bool {
				answering = answering || (rec[0] != recordCCS && !isClientHello(rec))
				return !answering
			}
			c.gate.onWithheld = func() {
				if !asked {
					_ = c.gate.SetReadDeadline(time.Now()) // end the handshake: it waits for an answer that cannot come
					return
				}
				c.parkBefore(c.gate.withheld[0])
			}
			err := c.handshake(func(cfg *tls.Config) {
				answer := tls.Certificate{}
				if len(cfg.Certificates) > 0 {
					answer = cfg.Certificates[0]
				}
				cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
					asked = true
					return &answer, nil
				}
			})
			if answering && !asked {
				return notApplicable{"the server does not ask for a client certificate in the handshake"}
			}
			return err
		},
	}
}
