package attackers

import "fmt"

// httpExpect100 parks a connection that announced a body and sends none of it.
//
//	client                          server
//	  |-- POST, Expect: 100-continue >|
//	  |<-- 100 Continue, or nothing --|
//	  |           silence             |  waits for the body
//
// A client may wait for a 100, and a server may send one or not (RFC 9110 section
// 10.1.1). A 100 is noted and not waited for. A final answer at once, 417
// included, refuses this stage: see refusal.go. There is no trickle: the first byte of the body
// belongs to http.body.
func httpExpect100() implementation {
	return implementation{reach: func(c *client) error {
		if err := c.secure(); err != nil {
			return err
		}
		head := c.bodyHead(fmt.Sprintf("Content-Length: %d", bodyLength), "Expect: 100-continue")
		return c.send("send the head", head)
	}}
}
