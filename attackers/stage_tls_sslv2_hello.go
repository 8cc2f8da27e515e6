package attackers

import "bytes"

// tlsSSLv2Hello parks a connection inside a ClientHello in the SSL 2.0 format,
// as the Slapper worm's half-open connections did.
//
// Leans on: RFC 5246 appendix E.2 (the format: two bytes of length with the high
// bit set, type 1, version, three lengths, cipher specs, challenge).
// Sends: the first half of it. Waits for: the TCP connection.
// Trickle: the second half without its last byte.
func tlsSSLv2Hello() stage {
	hello := sslv2Hello()
	half := len(hello) / 2
	return stage{
		StageInfo: StageInfo{
			Name:         "tls.sslv2-hello",
			NeedsTLS:     true,
			BeforeAuth:   true,
			Modes:        bothModes,
			Rule:         "RFC 5246 appendix E.2",
			Sends:        "the first half of an SSL 2.0 CLIENT-HELLO",
			WaitsFor:     "the TCP connection",
			Trickles:     "the second half, never its last byte",
			TrickleBytes: len(hello) - half - 1,
		},
		reach: func(c *client) error {
			c.drip = dripBytes(c.rw(), hello[half:len(hello)-1])
			return c.send("send half an SSL 2.0 CLIENT-HELLO", string(hello[:half]))
		},
	}
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
