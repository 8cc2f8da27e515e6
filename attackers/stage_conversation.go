package attackers

// lineTrickle is how many bytes of an unfinished line are trickled at most: SMTP
// allows command lines of 512 (RFC 5321 section 4.5.3.1.4).
const lineTrickle = 400

// conversation parks a connection where the steps of a target file end.
//
// Leans on: what the file says.
// Sends: each send step; with TLS in the plan, after a whole handshake.
// Waits for: each expect step.
// Trickle: bytes of a line that never ends.
func conversation() stage {
	return stage{
		StageInfo: StageInfo{
			Name:         "conversation",
			BeforeAuth:   true,
			Modes:        bothModes,
			Rule:         "the target file's own steps",
			Sends:        "what its send steps say",
			WaitsFor:     "what its expect steps say",
			Trickles:     "bytes of a line that never ends",
			TrickleBytes: lineTrickle,
		},
		reach: func(c *client) error {
			if err := c.secure(); err != nil {
				return err
			}
			if err := c.converse(c.hold.Conversation, "conversation"); err != nil {
				return err
			}
			c.drip = dripPattern(c.rw(), "a", lineTrickle)
			return nil
		},
	}
}
