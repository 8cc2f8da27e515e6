package attackers

// tcpConnected parks a connection on which nothing was ever sent.
//
// Leans on: RFC 9293 section 3.5 (a connection is established before any data).
// A listener with TCP_DEFER_ACCEPT does not hand such a connection to the server
// before some 31 s have passed.
// Sends: nothing. Waits for: the connection.
// Trickle: does not exist, the first byte is another stage.
func tcpConnected() stage {
	return stage{
		StageInfo: StageInfo{
			Name:       "tcp.connected",
			BeforeAuth: true,
			Modes:      silentOnly,
			Rule:       "RFC 9293 section 3.5",
			Sends:      "nothing",
			WaitsFor:   "the TCP connection",
			Trickles:   "does not exist: the first byte would be another stage",
		},
		bare:  true,
		reach: func(*client) error { return nil },
	}
}
