package stages

const (
	// headBytes is for how many bytes a head may grow: Apache's LimitRequestLine, nginx's
	// large_client_header_buffers and others allow 8 KiB.
	headBytes = 7000
	// bodyBytes is a body of 1,000,000 bytes, less the ten that go out with the head and the last.
	bodyBytes = 1_000_000 - 10 - 1
	// responseReads is a response of 512 KiB in reads of 16 KiB, less what the client's
	// receive buffer of 2 x 32 KiB takes: then the server has sent it all.
	responseReads = 512/16 - 2*32/16
)

func httpStages() []Stage {
	const parked = "the connection and, with TLS, the end of the handshake"
	stages := []Stage{{
		Name:         HTTPRequestLine,
		Rule:         "RFC 9112 section 3",
		Modes:        silentAndTrickle(),
		Sends:        "the method and the beginning of the path",
		WaitsFor:     parked,
		Trickles:     "a path that grows without an end",
		TrickleBytes: headBytes,
		BeforeAuth:   true,
		Presence:     ByDefault,
	}, {
		Name:         HTTPHeaders,
		Rule:         "RFC 9112 section 5",
		Modes:        silentAndTrickle(),
		Sends:        "the request line, the usual headers, and the beginning of one more",
		WaitsFor:     parked,
		Trickles:     "headers without an end",
		TrickleBytes: headBytes,
		BeforeAuth:   true,
		Presence:     ByDefault,
	}, {
		Name:     HTTPExpect100,
		Rule:     "RFC 9110 section 10.1.1",
		Modes:    silentOnly(),
		Sends:    "the whole head with Expect: 100-continue, and nothing of the body",
		WaitsFor: parked,
		Trickles: "does not exist: the first byte of the body belongs to http.body",
		Presence: WhereListed,
	}, {
		Name:         HTTPBody,
		Rule:         "RFC 9112 section 6.2",
		Modes:        silentAndTrickle(),
		Sends:        "the whole head and ten bytes of a body of 1,000,000",
		WaitsFor:     parked,
		Trickles:     "bytes of the body",
		TrickleBytes: bodyBytes,
		Presence:     ByDefault,
		Needs:        BodyPath,
	}, {
		Name:         HTTPChunk,
		Rule:         "RFC 9112 section 7.1",
		Modes:        silentAndTrickle(),
		Sends:        "the whole head and ten bytes of a chunk of 1,000,000",
		WaitsFor:     parked,
		Trickles:     "bytes of the chunk",
		TrickleBytes: bodyBytes,
		Presence:     WhereListed,
	}, {
		Name:         HTTPResponse,
		Rule:         "RFC 9293 section 3.8.6",
		Modes:        silentAndTrickle(),
		Sends:        "one whole request for a large response",
		WaitsFor:     "the head of the response",
		Trickles:     "nothing: it reads at most 16 KiB at each step, since single bytes would not open the window",
		TrickleBytes: responseReads,
		Presence:     ByDefault,
		Needs:        LargePath,
	}, {
		Name:     HTTPKeepAlive,
		Rule:     "RFC 9112 section 9.3",
		Modes:    silentOnly(),
		Sends:    "one whole request",
		WaitsFor: "the whole response",
		Trickles: "does not exist: the next byte would be a new request",
		Presence: ByDefault,
	}}
	for i := range stages {
		stages[i].Protocols = []string{HTTP, HTTPS}
	}
	return stages
}
