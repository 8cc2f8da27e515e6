package attackers

// h2Settings parks a connection whose server waits for its SETTINGS to be acknowledged.
//
// Leans on: RFC 9113 section 6.5.3 (a server may end the connection with
// SETTINGS_TIMEOUT).
// Sends: the preface and SETTINGS of the client, and no acknowledgement. Waits for:
// the server's SETTINGS.
// Trickle: PING frames, byte by byte; they acknowledge nothing.
func h2Settings() stage {
	return stage{
		StageInfo: StageInfo{
			Name:         "h2.settings",
			NeedsTLS:     true,
			NeedsHTTP:    true,
			BeforeAuth:   true,
			Modes:        bothModes,
			Rule:         "RFC 9113 section 6.5.3",
			Sends:        "the HTTP/2 preface and the client's SETTINGS, and no acknowledgement of the server's",
			WaitsFor:     "the server's SETTINGS",
			Trickles:     "PING frames",
			TrickleBytes: pings * len(pingFrame),
		},
		reach: func(c *client) error {
			if err := c.speakH2(); err != nil {
				return err
			}
			c.drip = dripPings(c.rw())
			return c.greet()
		},
	}
}
