package attackers

// httpRequestLine parks a connection inside its request line.
//
// Leans on: RFC 9112 section 3; client_header_timeout, RequestReadTimeout header=.
// Sends: the method and the beginning of the path. Waits for: the connection, and
// the TLS handshake where there is one.
// Trickle: a path that grows without an end, up to a length that servers still take.
func httpRequestLine() stage {
	return stage{
		StageInfo: StageInfo{
			Name:         "http.request-line",
			NeedsHTTP:    true,
			BeforeAuth:   true,
			Modes:        bothModes,
			Rule:         "RFC 9112 section 3",
			Sends:        "the method and the beginning of the path",
			WaitsFor:     "the connection and, with TLS, the end of the handshake",
			Trickles:     "a path that grows without an end",
			TrickleBytes: headTrickle,
		},
		reach: func(c *client) error {
			if err := c.secure(); err != nil {
				return err
			}
			c.drip = dripPattern(c.rw(), "a", headTrickle)
			return c.send("send half a request line", "GET "+orRoot(c.hold.Request.Path))
		},
	}
}
