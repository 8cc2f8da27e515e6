package attackers

import "errors"

// tlsFinished parks a connection one message short of an established session.
//
//	client                          server
//	  |-------- ClientHello --------->|
//	  |<----- whole first flight -----|
//	  |-- all but the Finished ------>|  waits for the Finished
//	  |... trickle: it but 1 byte ....|
//
// A server must verify the client's Finished before it goes on (RFC 8446 section
// 4.4.4, RFC 5246 section 7.4.9). "All but the Finished" is ClientKeyExchange and
// ChangeCipherSpec in TLS 1.2. In TLS 1.3 it is the ChangeCipherSpec of compatibility
// mode and, where the server asks for a certificate, that answer. The Finished record
// of TLS 1.3 has 64 to 80 bytes.
func tlsFinished() implementation {
	return implementation{reach: reachFinished}
}

func reachFinished(c *client) error {
	encrypted := false // after the client's ChangeCipherSpec
	c.conn.pass = func(rec []byte) bool {
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
	c.conn.onWithheld = func() {
		if rec := c.conn.withheld[0]; rec[0] == recordHandshake {
			c.parkBefore(rec) // TLS 1.2: the stack now waits for the server's answer, for ever
		}
	}
	err := c.handshake(asPlanned)
	if err != nil || !c.at(reaching) {
		return err
	}
	// TLS 1.3: the client's stack believes the handshake complete.
	held := c.conn.withheld
	if len(held) == 0 {
		return errors.New("the handshake ended without a Finished to withhold")
	}
	for _, rec := range held[:len(held)-1] {
		if _, err := c.conn.send(rec); err != nil {
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
	c.trickle = trickleBytes(writerFunc(c.conn.send), rec[:len(rec)-1])
	c.park()
}
