package attackers

// leastHalfHello is fewer bytes than the withheld half of any ClientHello of
// crypto/tls has, its last byte excepted: the smallest, TLS 1.2 alone without a
// server name, is about 160 bytes long.
const leastHalfHello = 64

// tlsClientHello parks a connection in the middle of its ClientHello.
//
// Leans on: RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2.
// Sends: the first half of a real ClientHello record. Waits for: the TCP connection.
// Trickle: the second half without its last byte.
func tlsClientHello() stage {
	return stage{
		StageInfo: StageInfo{
			Name:         "tls.client-hello",
			NeedsTLS:     true,
			BeforeAuth:   true,
			Modes:        bothModes,
			Rule:         "RFC 8446 section 4.1.2",
			Sends:        "the first half of a ClientHello",
			WaitsFor:     "the TCP connection",
			Trickles:     "the second half, never its last byte",
			TrickleBytes: leastHalfHello,
		},
		reach: func(c *client) error {
			hello, err := captureHello(c.hold.TLS)
			if err != nil {
				return err
			}
			half := len(hello) / 2
			c.drip = dripBytes(c.rw(), hello[half:len(hello)-1])
			return c.send("send half a ClientHello", string(hello[:half]))
		},
	}
}
