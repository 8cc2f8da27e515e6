package attackers

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// outcome says what the error that ended the watch means. False if it comes from the
// client's TLS stack and shows nothing of the server.
func (c *client) outcome(err error) (record.ReleaseBy, string, bool) {
	alert, alerted := alertIn(err)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return record.ByNothing, "", true
	case errors.Is(err, net.ErrClosed):
		return record.ByNothing, "closed by the attacker", true
	case c.awaited.matched():
		return record.BySaid, c.awaited.Text(), true
	case c.h2 != nil && c.h2.ended != "":
		return c.h2.ended, c.h2.detail, true
	case c.reply.Status != 0:
		return record.ByStatus, fmt.Sprint(c.reply.Status), true
	case c.reply.Alert == alertName(0):
		return record.ByCloseNotify, "", true
	case c.reply.Alert != "":
		return record.ByAlert, c.reply.Alert, true
	case alerted:
		return record.ByAlert, alert, true
	case c.conn.reset.Load():
		return record.ByRST, "", true
	case c.conn.ended.Load():
		return record.ByFIN, c.lastText(), true
	case errors.Is(err, io.EOF): // from the TLS stack, and the socket has not ended
		return record.ByCloseNotify, c.afterGoAway(), true
	}
	// Without TLS the kernel gave up, as after retransmissions that nobody answered: the
	// connection is lost, and the server did not end it.
	return record.ByNothing, "connection lost: " + err.Error(), c.tls == nil
}

// lastText quotes what a server without TLS or HTTP sent before it closed.
func (c *client) lastText() string {
	if c.h2 != nil {
		return c.afterGoAway()
	}
	if text := c.reply.Text(); text != "" {
		return fmt.Sprintf("after %q", text)
	}
	return ""
}

// release reports how the hold ended. A server that ends it before it has settled refuses
// the stage: that is no limit.
func (c *client) release(by record.ReleaseBy, detail string) {
	t, settled := c.conn.lastGot.Load(), c.at(parked)
	if by == record.ByNothing {
		t = record.Now()
	}
	if !settled && c.refused != "" {
		c.fail(notApplicable{c.refused})
		return
	}
	if !settled {
		c.step = "wait at the stage"
		c.fail(fmt.Errorf("the server ended the connection (%s) %v after the stage was reached: "+record.RefusedAtStage,
			strings.TrimSpace(string(by)+" "+detail), time.Duration(t-c.parkedT).Round(time.Microsecond)))
		return
	}
	if !c.finish() {
		return
	}
	rel := &record.Release{By: by, Detail: detail, LastT: c.conn.lastSent.Load()}
	if slices.Contains([]record.ReleaseBy{record.ByAlert, record.ByCloseNotify, record.ByStatus, record.ByGoAway, record.ByRSTStream}, by) {
		rel.End, rel.EndT = c.conn.awaitEnd()
	}
	info := c.info()
	info.Refused, info.RefusedT = c.refused, c.refusedT
	c.emit(record.Event{T: t, Kind: record.HoldReleased, HoldInfo: info, Release: rel})
}

// awaitEnd waits for the FIN or RST that follows the first sign of a release.
func (c *connection) awaitEnd() (record.ReleaseBy, int64) {
	c.onDeadline = nil
	_ = c.SetReadDeadline(time.Now().Add(wire.EndGrace)) // an error shows in the read
	for {
		err := c.readShared(func([]byte) {})
		switch {
		case c.reset.Load():
			return record.ByRST, c.lastGot.Load()
		case c.ended.Load():
			return record.ByFIN, c.lastGot.Load()
		case err != nil:
			return "", 0
		}
	}
}
