package attackers

// tlsServerHello parks a connection after a whole ClientHello.
//
//	client                          server
//	  |-------- ClientHello --------->|
//	  |<-- ServerHello, or a retry ---|
//	  |           silence             |  waits for the client's second flight
//
// The client's second flight has to follow (RFC 8446 section 4.4, RFC 5246 section
// 7.4.7). The server's answer may be a HelloRetryRequest. There is no trickle: what
// comes next belongs to tls.finished.
//
// The TLS stack keeps reading, so that it can decrypt an alert. All that it wants to
// send is withheld.
func tlsServerHello() implementation {
	return implementation{reach: func(c *client) error {
		first := true
		c.conn.pass = func([]byte) bool {
			passes := first
			first = false
			return passes
		}
		c.conn.onRead = func(p []byte) {
			if p[0] == recordHandshake {
				c.park()
			}
		}
		return c.handshake(asPlanned)
	}}
}
