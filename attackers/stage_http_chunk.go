package attackers

import "fmt"

// httpChunk parks a connection inside a chunk of its request's body.
//
//	client                                server
//	  |-- POST, Transfer-Encoding: chunked >|
//	  |-- f4240, stalemate= --------------->|  waits for the other 999,990 bytes
//	  |... trickle: bytes of the chunk .....|
//
// The size of a chunk says how many bytes follow (RFC 9112 section 7.1). The
// directives are those of http.body. A final answer at once, before the body is
// complete, refuses this stage: see refusal.go.
func httpChunk() implementation {
	return implementation{reach: func(c *client) error {
		if err := c.secure(); err != nil {
			return err
		}
		c.trickle = tricklePattern(c.rw(), "a", bodyLength-len(bodyBegin)-1)
		head := c.bodyHead("Transfer-Encoding: chunked")
		return c.send("send the head and the beginning of a chunk", fmt.Sprintf("%s%x\r\n%s", head, bodyLength, bodyBegin))
	}}
}
