package attackers

import "fmt"

// httpBody parks a connection inside the body of its request.
//
// Leans on: RFC 9112 section 6.2 (Content-Length); client_body_timeout,
// RequestReadTimeout body=.
// Sends: the whole head with a Content-Length of 1,000,000 and ten bytes of the body.
// Waits for: the connection, and the TLS handshake where there is one. A final
// answer before the body is complete shows that the target cannot have this stage.
// Trickle: bytes of the body.
func httpBody() stage {
	return stage{
		StageInfo: StageInfo{
			Name:         "http.body",
			NeedsHTTP:    true,
			Modes:        bothModes,
			Rule:         "RFC 9112 section 6.2",
			Sends:        "the whole head and ten bytes of a body of 1,000,000",
			WaitsFor:     "the connection and, with TLS, the end of the handshake",
			Trickles:     "bytes of the body",
			TrickleBytes: bodyLength - len(bodyBegin) - 1,
		},
		reach: func(c *client) error {
			if err := c.secure(); err != nil {
				return err
			}
			c.drip = dripPattern(c.rw(), "a", bodyLength-len(bodyBegin)-1)
			head := c.bodyHead(fmt.Sprintf("Content-Length: %d", bodyLength))
			return c.send("send the head and the beginning of the body", head+bodyBegin)
		},
	}
}
