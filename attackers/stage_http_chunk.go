package attackers

import "fmt"

// httpChunk parks a connection inside a chunk of its request's body.
//
// Leans on: RFC 9112 section 7.1 (chunked transfer coding); the directives of http.body.
// Sends: the whole head, the size of a chunk of 1,000,000 bytes, and ten bytes of it.
// Waits for: the connection, and the TLS handshake where there is one. A final
// answer before the body is complete shows that the target cannot have this stage.
// Trickle: bytes of the chunk.
func httpChunk() stage {
	return stage{
		StageInfo: StageInfo{
			Name:         "http.chunk",
			NeedsHTTP:    true,
			Modes:        bothModes,
			Rule:         "RFC 9112 section 7.1",
			Sends:        "the whole head and ten bytes of a chunk of 1,000,000",
			WaitsFor:     "the connection and, with TLS, the end of the handshake",
			Trickles:     "bytes of the chunk",
			TrickleBytes: bodyLength - len(bodyBegin) - 1,
		},
		reach: func(c *client) error {
			if err := c.secure(); err != nil {
				return err
			}
			c.drip = dripPattern(c.rw(), "a", bodyLength-len(bodyBegin)-1)
			head := c.bodyHead("Transfer-Encoding: chunked")
			return c.send("send the head and the beginning of a chunk", fmt.Sprintf("%s%x\r\n%s", head, bodyLength, bodyBegin))
		},
	}
}
