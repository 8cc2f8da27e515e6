package attackers

// tlsClientHello parks a connection in the middle of its ClientHello.
//
//	client                          server
//	  |------- TCP handshake -------->|
//	  |-- ClientHello, first half --->|  waits for the second half
//	  |.. trickle: second half but 1 .|
//
// A server can answer only a whole ClientHello (RFC 8446 section 4.1.2, RFC 5246
// section 7.4.1.2).
func tlsClientHello() implementation {
	return implementation{reach: func(c *client) error {
		hello, err := captureHello(c.hold.TLS)
		if err != nil {
			return err
		}
		half := len(hello) / 2
		c.trickle = trickleBytes(c.rw(), hello[half:len(hello)-1])
		return c.send("send half a ClientHello", string(hello[:half]))
	}}
}
