package stages

func tcpStages() []Stage {
	return []Stage{{
		Name:       TCPConnected,
		Rule:       "RFC 9293 section 3.5",
		Modes:      silentOnly(),
		Sends:      "nothing",
		WaitsFor:   "the TCP connection",
		Trickles:   "does not exist: the first byte would be another stage",
		BeforeAuth: true,
		Protocols:  []string{TCP, TLS, HTTP, HTTPS},
		Presence:   ByDefault,
	}}
}

// lineTrickle is for how many bytes a line may grow: SMTP allows command lines of 512
// (RFC 5321 section 4.5.3.1.4), with what the steps have sent of it before.
const lineTrickle = 400

func conversationStages() []Stage {
	return []Stage{{
		Name:         Conversation,
		Rule:         "the target file's own steps",
		Modes:        silentAndTrickle(),
		Sends:        "what its send steps say",
		WaitsFor:     "what its expect steps say",
		Trickles:     "bytes of a line that never ends, or what its step trickle says",
		TrickleBytes: lineTrickle,
		BeforeAuth:   true,
		Protocols:    []string{TCP, TLS, HTTP, HTTPS},
		Presence:     WhereDescribed,
	}}
}
