package attackers

import "fmt"

// httpExpect100 parks a connection that announced a body and withholds all of it.
//
// Leans on: RFC 9110 section 10.1.1 (Expect: 100-continue; a client may wait, and
// a server may answer 100 or not).
// Sends: the whole head with Expect and a Content-Length of 1,000,000.
// Waits for: the connection, and the TLS handshake where there is one; a 100 is
// noted and not waited for. A final answer, 417 included, shows that the target
// cannot have this stage.
// Trickle: does not exist, the first byte of the body is http.body.
func httpExpect100() stage {
	return stage{
		StageInfo: StageInfo{
			Name:      "http.expect-100",
			NeedsHTTP: true,
			Modes:     silentOnly,
			Rule:      "RFC 9110 section 10.1.1",
			Sends:     "the whole head with Expect: 100-continue, and nothing of the body",
			WaitsFor:  "the connection and, with TLS, the end of the handshake",
			Trickles:  "does not exist: the first byte of the body belongs to http.body",
		},
		reach: func(c *client) error {
			if err := c.secure(); err != nil {
				return err
			}
			head := c.bodyHead(fmt.Sprintf("Content-Length: %d", bodyLength), "Expect: 100-continue")
			return c.send("send the head", head)
		},
	}
}
