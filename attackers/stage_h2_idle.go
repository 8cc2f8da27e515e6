package attackers

import (
	"errors"
	"fmt"

	"golang.org/x/net/http2"
)

// h2Idle parks a connection without a stream, after one request was answered.
//
// Leans on: RFC 9113 section 9.1 (persistence; a server that ends it should send
// GOAWAY); keepalive_timeout, KeepAliveTimeout.
// Sends: one whole GET. Waits for: the whole answer. A GOAWAY before the answer is
// complete shows that the target cannot have this stage.
// Trickle: PING frames, byte by byte; they open no stream.
func h2Idle() stage {
	return stage{
		StageInfo: StageInfo{
			Name:         "h2.idle",
			NeedsTLS:     true,
			NeedsHTTP:    true,
			Modes:        bothModes,
			Rule:         "RFC 9113 section 9.1",
			Sends:        "one whole request",
			WaitsFor:     "the whole answer",
			Trickles:     "PING frames",
			TrickleBytes: pings * len(pingFrame),
		},
		reach: reachH2Idle,
	}
}

func reachH2Idle(c *client) error {
	if err := c.speakH2(); err != nil {
		return err
	}
	if err := c.greetAndAcknowledge(); err != nil {
		return err
	}
	c.step = "send a request"
	c.h2.opened = true
	err := errors.Join(c.h2.WriteHeaders(http2.HeadersFrameParam{
		StreamID:      h2Stream,
		BlockFragment: c.hold.Request.h2Block("GET", c.hold.Request.Path, c.hold.Address),
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
		return notApplicable{fmt.Sprintf("the server answered %d and ends the connection (GOAWAY %s): keep-alive is off", c.h2.status, c.h2.goAway)}
	}
	c.h2.opened = false
	c.note = fmt.Sprintf("the server answered %d", c.h2.status)
	c.drip = dripPings(c.rw())
	return nil
}
