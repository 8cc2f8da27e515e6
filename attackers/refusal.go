package attackers

import (
	"fmt"
	"net/http"

	"golang.org/x/net/http2"

	"stalemate/attackers/stages"
	"stalemate/reports/record"
)

// refusal is the error of a stage that the server will not have, as the server itself says. Saying it is not enough: the hold
// goes on until the server closes the connection.
//
//	client                          server
//	  |-- POST, part of its body ---->|
//	  |<-- 404 -----------------------|  it does not wait for the body
//	  |            silence            |  it closes the connection: not applicable
//	  |            silence            |  it does not: the hold lasts
type refusal struct{ why string }

func (e refusal) Error() string { return e.why }

// insist goes on with a hold at a stage that the server refuses.
func (c *client) insist(why string) {
	c.refused, c.refusedT = why, c.conn.lastGot.Load()
}

// onlySocket leaves TLS and HTTP/2 aside.
func (c *client) onlySocket() {
	c.tls, c.h2, c.reply = nil, nil, reply{}
}

// refuses says whether what ends the watch is no end of the hold: the server says that it does not wait at this stage, or
// it has said so before. The watch goes on then.
func (c *client) refuses(by record.ReleaseBy, detail string) bool {
	if by == record.ByNothing || by == record.ByFIN || by == record.ByRST || by == record.BySaid {
		return false
	}
	stream := c.h2 != nil // it may end, and the connection stay
	switch {
	case c.refused != "" && by == record.ByRSTStream:
		return false
	case c.refused != "":
		stream = false
	case by == record.ByGoAway && c.stage.Name == stages.H2Idle && detail == http2.ErrCodeNo.String() && !c.at(parked):
		c.insist(fmt.Sprintf("the server ends the connection (GOAWAY %s): keep-alive is off", detail))
		stream = false
	case by == record.ByStatus && c.refusedBy(c.reply.Status):
		c.insist(fmt.Sprintf("the server answered %d before the request was complete", c.reply.Status))
	default:
		return false
	}
	c.reply = reply{}
	if !stream {
		c.onlySocket()
	}
	return true
}

// refusedBy says whether a final status refuses the stage: the server did not wait for what the client withheld. An answer at
// once does, unless it reports a failure. A later one may mean that a timeout fired, and any status will do for that; one that
// refuses the request's head may come a little later.
func (c *client) refusedBy(status int) bool {
	switch {
	case !c.stage.NeedsHTTP():
		return false
	case !c.at(parked):
		return !requestFailed(status)
	}
	return stages.RefusesBody(c.stage.Name, status) && c.conn.lastGot.Load()-c.parkedT < int64(c.hold.RefusedWithin)
}

// requestFailed says whether a status reports a failure. Then it shows nothing about the stage.
func requestFailed(code int) bool {
	return code == http.StatusRequestTimeout || code == http.StatusBadRequest || code >= 500
}
