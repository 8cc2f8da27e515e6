package attackers

// tlsClientHelloEnd parks a connection one byte short of its ClientHello.
//
//	client                          server
//	  |------- TCP handshake -------->|
//	  |-- ClientHello but 1 byte ---->|  has allocated for it, and waits for that byte
//
// A server can answer only a whole ClientHello (RFC 8446 section 4.1.2). There is no
// trickle: the next byte completes the message.
func tlsClientHelloEnd() implementation {
	return implementation{reach: func(c *client) error {
		hello, err := captureHello(c.hold.TLS)
		if err != nil {
			return err
		}
		return c.send("send a ClientHello without its last byte", string(hello[:len(hello)-1]))
	}}
}
