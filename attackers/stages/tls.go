package stages

// How many bytes the smallest message has that is trickled without its last byte.
const (
	// All but the last of the five bytes of a record header.
	recordHeaderBytes = 4
	// Less than the second half of any ClientHello of crypto/tls. The smallest, TLS 1.2
	// alone without a server name, has about 160 bytes.
	halfHelloBytes = 64
	// SSL 2.0 CLIENT-HELLO: 2 + 9 bytes of header, 21 of cipher specs, 16 of challenge. Half of 48, less one.
	sslv2HalfHelloBytes = 23
	// Record header 5, message header 4, empty list 3 (RFC 5246 section 7.4.6).
	certificateBytes = 11
	// TLS 1.2 with AES-GCM has 5 + 8 + 16 + 16 bytes, with ChaCha20-Poly1305 5 + 16 + 16;
	// TLS 1.3 has 5 + 4 + 32 + 1 + 16 and more.
	finishedBytes = 36
)

func tlsStages() []Stage {
	stages := []Stage{{
		Name:         TLSRecordHeader,
		Rule:         "RFC 8446 section 5.1",
		Modes:        silentAndTrickle(),
		Sends:        "four of the five bytes of a record header; in trickle mode nothing",
		WaitsFor:     "the TCP connection",
		Trickles:     "the first four bytes of the record header, never the fifth",
		TrickleBytes: recordHeaderBytes,
		Presence:     ByDefault,
	}, {
		Name:         TLSClientHello,
		Rule:         "RFC 8446 section 4.1.2",
		Modes:        silentAndTrickle(),
		Sends:        "the first half of a ClientHello",
		WaitsFor:     "the TCP connection",
		Trickles:     "the second half, never its last byte",
		TrickleBytes: halfHelloBytes,
		Presence:     ByDefault,
	}, {
		Name:     TLSClientHelloEnd,
		Rule:     "RFC 8446 section 4.1.2",
		Modes:    silentOnly(),
		Sends:    "a ClientHello without its last byte",
		WaitsFor: "the TCP connection",
		Trickles: "does not exist: the next byte completes the ClientHello",
		Presence: ByDefault,
	}, {
		Name:     TLSServerHello,
		Rule:     "RFC 8446 section 4.4, RFC 5246 section 7.4.7",
		Modes:    silentOnly(),
		Sends:    "a whole ClientHello",
		WaitsFor: "the beginning of the server's handshake message",
		Trickles: "does not exist: the next flight belongs to tls.finished",
		Presence: ByDefault,
	}, {
		Name:         TLSSSLv2Hello,
		Rule:         "RFC 5246 appendix E.2",
		Modes:        silentAndTrickle(),
		Sends:        "the first half of an SSL 2.0 CLIENT-HELLO",
		WaitsFor:     "the TCP connection",
		Trickles:     "the second half, never its last byte",
		TrickleBytes: sslv2HalfHelloBytes,
		Presence:     WhereListed,
	}, {
		Name:         TLSClientCertificate,
		Rule:         "RFC 8446 section 4.4.2, RFC 5246 section 7.4.6",
		Modes:        silentAndTrickle(),
		Sends:        "a whole ClientHello",
		WaitsFor:     "the server's CertificateRequest",
		Trickles:     "the Certificate record, never its last byte",
		TrickleBytes: certificateBytes,
		Presence:     WhereListed,
	}, {
		Name:         TLSFinished,
		Rule:         "RFC 8446 section 4.4.4, RFC 5246 section 7.4.9",
		Modes:        silentAndTrickle(),
		Sends:        "everything of the handshake but the client's Finished",
		WaitsFor:     "the server's whole first flight",
		Trickles:     "the Finished record, never its last byte",
		TrickleBytes: finishedBytes,
		Presence:     ByDefault,
	}, {
		Name:     TLSEstablished,
		Rule:     "RFC 8446 section 2",
		Modes:    silentOnly(),
		Sends:    "a whole handshake",
		WaitsFor: "the end of the handshake",
		Trickles: "does not exist: the first byte would be another stage",
		Presence: ByDefault,
	}}
	for i := range stages {
		stages[i].BeforeAuth, stages[i].Protocols = true, []string{TLS, HTTPS}
	}
	return stages
}
