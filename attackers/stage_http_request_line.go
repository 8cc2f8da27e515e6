package attackers

// httpRequestLine parks a connection inside its request line.
//
//	client                          server
//	  |-- GET / --------------------->|  waits for the rest of the line
//	  |... trickle: a longer path ....|
//
// A request begins with one whole line (RFC 9112 section 3). nginx bounds the wait by
// client_header_timeout, Apache by RequestReadTimeout header=.
func httpRequestLine() implementation {
	return implementation{reach: func(c *client) error {
		if err := c.secure(); err != nil {
			return err
		}
		c.trickle = tricklePattern(c.rw(), "a", c.stage.TrickleBytes)
		return c.send("send half a request line", "GET "+orRoot(c.hold.Request.Path))
	}}
}
