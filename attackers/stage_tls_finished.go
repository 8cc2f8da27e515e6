package attackers

import "errors"

// leastFinished is the size of the smallest Finished record without its last
// byte: TLS 1.2 with AES-GCM has 5 + 8 + 16 + 16 bytes, with ChaCha20-Poly1305
// 5 + 16 + 16; TLS 1.3 has 5 + 4 + 32 + 1 + 16 and more.
const leastFinished = 36

// tlsFinished parks a connection one message short of an established session:
// everything but the client's Finished has gone out.
//
// Leans on: RFC 8446 section 4.4.4, RFC 5246 section 7.4.9 (a server must not go
// on before it has verified the client's Finished).
// Sends: TLS 1.2: ClientHello, ClientKeyExchange, ChangeCipherSpec. TLS 1.3:
// ClientHello and the ChangeCipherSpec of compatibility mode; where the server
// asks for a certificate, that answer as well.
// Waits for: the server's whole first flight.
// Trickle: the Finished record, never its last byte; 64 to 80 bytes in TLS 1.3.
func tlsFinished() stage {
	return stage{
		StageInfo: StageInfo{
			Name:         "tls.finished",
			NeedsTLS:     true,
			BeforeAuth:   true,
			Modes:        bothModes,
			Rule:         "RFC 8446 section 4.4.4, RFC 5246 section 7.4.9",
			Sends:        "everything of the handshake but the client's Finished",
			WaitsFor:     "the server's whole first flight",
			Trickles:     "the Finished record, never its last byte",
			TrickleBytes: leastFinished,
		},
		reach: reachFinished,
	}
}

func reachFinished(c *client) error {
	encrypted := false // after the client's ChangeCipherSpec
	c.gate.pass = func(rec []byte) bool {
		switch rec[0] {
		case recordCCS:
			encrypted = true
			return true
		case recordHandshake:
			// TLS 1.2: the first handshake record after it is the Finished. TLS 1.3
			// sends a second ClientHello, in the clear, after it.
			return !encrypted || isClientHello(rec)
		}
		return false // TLS 1.3: one or more encrypted records; the last is the Finished
	}
	c.gate.onWithheld = func() {
		if rec := c.gate.withheld[0]; rec[0] == recordHandshake {
			c.parkBefore(rec) // TLS 1.2: the stack now waits for the server's answer, for ever
		}
	}
	err := c.handshake(asPlanned)
	if err != nil || !c.at(reaching) {
		return err
	}
	// TLS 1.3: to our stack the handshake is complete.
	held := c.gate.withheld
	if len(held) == 0 {
		return errors.New("the handshake ended without a Finished to withhold")
	}
	for _, rec := range held[:len(held)-1] {
		if _, err := c.gate.out(rec); err != nil {
			return err
		}
	}
	c.parkBefore(held[len(held)-1])
	return nil
}

// parkBefore parks with a record withheld, which trickle mode sends without its last byte.
func (c *client) parkBefore(rec []byte) {
	if !c.at(reaching) {
		return
	}
	c.drip = dripBytes(writerFunc(c.gate.out), rec[:len(rec)-1])
	c.park()
}
