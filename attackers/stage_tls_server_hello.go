package attackers

// tlsServerHello parks a connection after a whole ClientHello: the server has
// answered and waits for the client's next flight.
//
// Leans on: RFC 8446 section 4.4, RFC 5246 section 7.4.7 (the client's second flight).
// Sends: one whole ClientHello. Waits for: the beginning of the server's answer,
// which may be a HelloRetryRequest.
// Trickle: does not exist; what would come next is tls.finished.
//
// The TLS stack goes on reading, so that it can decrypt an alert; all that it
// wants to send is withheld.
func tlsServerHello() stage {
	return stage{
		StageInfo: StageInfo{
			Name:       "tls.server-hello",
			NeedsTLS:   true,
			BeforeAuth: true,
			Modes:      silentOnly,
			Rule:       "RFC 8446 section 4.4, RFC 5246 section 7.4.7",
			Sends:      "a whole ClientHello",
			WaitsFor:   "the beginning of the server's handshake message",
			Trickles:   "does not exist: the next flight belongs to tls.finished",
		},
		reach: func(c *client) error {
			first := true
			c.gate.pass = func([]byte) bool {
				passes := first
				first = false
				return passes
			}
			c.gate.onRead = func(p []byte) {
				if p[0] == recordHandshake {
					c.park()
				}
			}
			return c.handshake(asPlanned)
		},
	}
}
