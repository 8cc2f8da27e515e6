package attackers

// tlsEstablished parks a connection after a whole handshake, without a byte of
// the protocol above it.
//
// Leans on: RFC 8446 section 2; no RFC bounds the wait, the server's directive for
// a first request does.
// Sends: a whole handshake. Waits for: its end. TLS 1.3 session tickets that come
// afterwards are no release.
// Trickle: does not exist, the first byte belongs to the protocol above.
func tlsEstablished() stage {
	return stage{
		StageInfo: StageInfo{
			Name:       "tls.established",
			NeedsTLS:   true,
			BeforeAuth: true,
			Modes:      silentOnly,
			Rule:       "RFC 8446 section 2",
			Sends:      "a whole handshake",
			WaitsFor:   "the end of the handshake",
			Trickles:   "does not exist: the first byte would be another stage",
		},
		reach: func(c *client) error { return c.handshake(asPlanned) },
	}
}
