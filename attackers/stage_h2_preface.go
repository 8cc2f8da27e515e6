package attackers

import (
	"io"

	"golang.org/x/net/http2"
)

// h2Preface parks a connection on which HTTP/2 was agreed and never begun.
//
// Leans on: RFC 9113 section 3.4 (the connection preface); client_header_timeout,
// RequestReadTimeout header=.
// Sends: a whole TLS handshake that settles on h2. Waits for: its end. The
// server's own SETTINGS, which may come first, are no release.
// Trickle: the 24 bytes of the preface, never the last.
func h2Preface() stage {
	return stage{
		StageInfo: StageInfo{
			Name:         "h2.preface",
			NeedsTLS:     true,
			NeedsHTTP:    true,
			BeforeAuth:   true,
			Modes:        bothModes,
			Rule:         "RFC 9113 section 3.4",
			Sends:        "a whole TLS handshake with ALPN h2",
			WaitsFor:     "the end of the handshake, which settles on h2",
			Trickles:     "the client's connection preface, never its last byte",
			TrickleBytes: len(http2.ClientPreface) - 1,
		},
		reach: func(c *client) error {
			if err := c.speakH2(); err != nil {
				return err
			}
			c.drip = dripBytes(c.rw(), []byte(http2.ClientPreface[:len(http2.ClientPreface)-1]))
			return nil
		},
	}
}

// pings is how many PING frames are trickled at most.
const pings = 400

// pingFrame is a PING, RFC 9113 section 6.7: it may be sent at any time between
// frames, and completes no stage.
const pingFrame = "\x00\x00\x08\x06\x00\x00\x00\x00\x00stalemat"

// dripPings trickles PING frames byte by byte.
func dripPings(w io.Writer) drip { return dripPattern(w, pingFrame, pings*len(pingFrame)) }
