package stages

const (
	// prefaceBytes is the client's connection preface of 24 bytes, less the last (RFC 9113 section 3.4).
	prefaceBytes = 23
	// pingBytes is 400 PING frames of 17 bytes. At a byte each 0.7 s they last for more than an hour.
	pingBytes = 400 * 17
	// continuationBytes is a frame header of 9 bytes and 65 header fields of 109, less the
	// last byte: more than 7000 bytes, of the 8 KiB that servers allow for a head.
	continuationBytes = 9 + 65*109 - 1
	// streamBytes is what a server lets a stream send at first (RFC 9113 section 6.9.2),
	// less the ten bytes that go out with the head.
	streamBytes = 65_535 - 10
)

func h2Stages() []Stage {
	stages := []Stage{{
		Name:         H2Preface,
		Rule:         "RFC 9113 section 3.4",
		Sends:        "a whole TLS handshake with ALPN h2",
		WaitsFor:     "the end of the handshake, which settles on h2",
		Trickles:     "the client's connection preface, never its last byte",
		TrickleBytes: prefaceBytes,
		BeforeAuth:   true,
	}, {
		Name:         H2Settings,
		Rule:         "RFC 9113 section 6.5.3",
		Sends:        "the HTTP/2 preface and the client's SETTINGS, and no acknowledgement of the server's",
		WaitsFor:     "the server's SETTINGS",
		Trickles:     "PING frames",
		TrickleBytes: pingBytes,
		BeforeAuth:   true,
	}, {
		Name:         H2Headers,
		Rule:         "RFC 9113 section 6.10",
		Sends:        "a HEADERS frame without END_HEADERS",
		WaitsFor:     "the server's SETTINGS, which are acknowledged",
		Trickles:     "a CONTINUATION frame, never its last byte",
		TrickleBytes: continuationBytes,
		BeforeAuth:   true,
	}, {
		Name:         H2Body,
		Rule:         "RFC 9113 section 8.1",
		Sends:        "the whole head and ten bytes of a body of 1,000,000",
		WaitsFor:     "the server's SETTINGS, which are acknowledged",
		Trickles:     "DATA frames of one byte, up to the window that the server gives a stream at first",
		TrickleBytes: streamBytes,
	}, {
		Name:         H2Idle,
		Rule:         "RFC 9113 section 9.1",
		Sends:        "one whole request",
		WaitsFor:     "the whole answer",
		Trickles:     "PING frames",
		TrickleBytes: pingBytes,
	}}
	for i := range stages {
		stages[i].Modes, stages[i].Protocols, stages[i].Presence = silentAndTrickle(), []string{HTTPS}, WhereListed
	}
	return stages
}
