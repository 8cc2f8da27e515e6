package attackers

// tlsClientHelloEnd parks a connection one byte short of its ClientHello: the
// server has all but one byte of what it needs and has allocated for it.
//
// Leans on: RFC 8446 section 4.1.2.
// Sends: a real ClientHello record without its last byte. Waits for: the TCP connection.
// Trickle: does not exist, the next byte completes the stage.
func tlsClientHelloEnd() stage {
	return stage{
		StageInfo: StageInfo{
			Name:       "tls.client-hello-end",
			NeedsTLS:   true,
			BeforeAuth: true,
			Modes:      silentOnly,
			Rule:       "RFC 8446 section 4.1.2",
			Sends:      "a ClientHello without its last byte",
			WaitsFor:   "the TCP connection",
			Trickles:   "does not exist: the next byte completes the ClientHello",
		},
		reach: func(c *client) error {
			hello, err := captureHello(c.hold.TLS)
			if err != nil {
				return err
			}
			return c.send("send a ClientHello without its last byte", string(hello[:len(hello)-1]))
		},
	}
}
