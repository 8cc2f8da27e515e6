package attackers

import (
	"errors"
	"fmt"

	"golang.org/x/net/http2"
)

// h2Idle parks a connection without an open stream, after one request.
//
//	client                                server
//	  |-- preface, SETTINGS, their ACK ---->|
//	  |-- HEADERS: GET / ------------------>|
//	  |<-- whole answer --------------------|
//	  |              silence                |  waits for the next request
//	  |...... trickle: PING frames .........|
//
// Connections persist, and a server that ends one should send GOAWAY (RFC 9113 section
// 9.1). nginx bounds the wait by keepalive_timeout, Apache by KeepAliveTimeout. A GOAWAY
// before the answer is complete refuses this stage. PING frames open no stream.
func h2Idle() implementation {
	return implementation{reach: reachH2Idle}
}

func reachH2Idle(c *client) error {
	if err := c.negotiateHTTP2(); err != nil {
		return err
	}
	if err := c.openHTTP2(); err != nil {
		return err
	}
	c.step = "send a request"
	c.h2.opened = true
	err := errors.Join(c.h2.WriteHeaders(http2.HeadersFrameParam{
		StreamID:      h2Stream,
		BlockFragment: h2Block(c.hold.Request, "GET", c.hold.Request.Path, c.hold.Address),
		EndHeaders:    true,
		EndStream:     true,
	}), c.h2.flush())
	if err != nil {
		return err
	}
	c.step = "read the answer"
	err = c.framesUntil(func() bool { return c.h2.answered || c.h2.body >= longestAnswer })
	switch {
	case err != nil:
		return err
	case !c.h2.answered:
		return fmt.Errorf("the answer is longer than %d bytes: name a smaller path", longestAnswer)
	case c.h2.goAway != "":
		return refusal{fmt.Sprintf("the server answered %d and ends the connection (GOAWAY %s): keep-alive is off", c.h2.status, c.h2.goAway)}
	}
	c.h2.opened = false
	c.note = fmt.Sprintf("the server answered %d", c.h2.status)
	c.trickle = tricklePattern(c.rw(), pingFrame, c.stage.TrickleBytes)
	return nil
}
