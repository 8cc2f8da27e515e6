package attackers

import (
	"crypto/tls"
	"time"
)

// tlsClientCertificate parks a connection when the server waits for the client's certificate.
//
//	client                                server
//	  |----------- ClientHello ------------>|
//	  |<-- ServerHello, CertificateRequest -|
//	  |              silence                |  waits for the Certificate message
//	  |...... trickle: it but 1 byte .......|
//
// A server that asked for a certificate waits for that message (RFC 8446 section
// 4.4.2, RFC 5246 section 7.4.6). A server that does not ask cannot have this stage.
// Without a certificate in the plan, the message is an empty list. A server that asks
// later, in a renegotiation or after the handshake, counts as one that does not ask.
func tlsClientCertificate() implementation {
	return implementation{reach: func(c *client) error {
		asked, answering := false, false
		c.conn.pass = func(rec []byte) bool {
			answering = answering || (rec[0] != recordCCS && !isClientHello(rec))
			return !answering
		}
		c.conn.onWithheld = func() {
			if !asked {
				_ = c.conn.SetReadDeadline(time.Now()) // end the handshake: it waits for an answer that cannot come
				return
			}
			c.parkBefore(c.conn.withheld[0])
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
	}}
}
