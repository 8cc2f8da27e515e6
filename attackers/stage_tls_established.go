package attackers

// tlsEstablished parks a connection after a whole TLS handshake.
//
//	client                          server
//	  |<----- whole handshake ------->|
//	  |           silence             |  waits for the first byte of the protocol above
//
// After the handshake each side may send data (RFC 8446 section 2). No RFC bounds the
// wait; the server's directive for a first request does. Session tickets of TLS 1.3
// that arrive afterwards are no release. There is no trickle: the first byte belongs
// to the protocol above.
func tlsEstablished() implementation {
	return implementation{reach: func(c *client) error { return c.handshake(asPlanned) }}
}
