package attackers

// h2Settings parks a connection whose client does not acknowledge the server's SETTINGS.
//
//	client                          server
//	  |-- preface, SETTINGS --------->|
//	  |<-- SETTINGS ------------------|
//	  |           silence             |  waits for the acknowledgement
//	  |... trickle: PING frames ......|
//
// A server may then end the connection with SETTINGS_TIMEOUT (RFC 9113 section 6.5.3).
// PING frames acknowledge nothing.
func h2Settings() implementation {
	return implementation{reach: func(c *client) error {
		if err := c.negotiateHTTP2(); err != nil {
			return err
		}
		c.trickle = tricklePattern(c.rw(), pingFrame, c.stage.TrickleBytes)
		return c.exchangeSettings()
	}}
}
