package attackers

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"stalemate/reports/record"
)

// endGrace is how long a FIN or RST is waited for after an alert, a close_notify,
// a GOAWAY, a RST_STREAM or a final status, so that one event tells both.
const endGrace = 2 * time.Second

// errDecided ends the watch: the reply says it all.
var errDecided = errors.New("the reply lets go of the connection")

// watch reads until the server lets go or the watch is over, and says which.
// The argument is how the reach function ended; with an error it was itself the
// reader when the server let go.
func (c *client) watch(err error) {
	if c.stage.unread {
		c.watchUnread()
		return
	}
	buf := newWatchBuffer(c)
	for {
		for err == nil {
			err = c.readOn(buf)
		}
		by, detail, known := c.outcome(err)
		if known {
			c.release(by, detail)
			return
		}
		// Our TLS stack gave up on what the server sent. The server still holds
		// the connection, so what the socket says counts.
		c.tls, c.h2, err = nil, nil, nil
		c.reply = reply{}
	}
}

// newWatchBuffer gives what TLS is decrypted into. Plain holds need none, and frames have their own.
func newWatchBuffer(c *client) []byte {
	if c.tls == nil || c.h2 != nil {
		return nil
	}
	return make([]byte, 256)
}

// readOn reads once and looks at what came.
func (c *client) readOn(buf []byte) error {
	var err error
	switch {
	case c.h2 != nil:
		return c.watchFrame()
	case c.tls == nil:
		err = c.gate.readShared(c.reply.feed)
	default:
		var n int
		n, err = c.tls.Read(buf)
		c.reply.feed(buf[:n])
	}
	if c.reply.decided() {
		return errDecided
	}
	return err
}

// outcome says what the error that ended the watch means; false if it tells of our
// TLS stack and not of the server.
func (c *client) outcome(err error) (record.ReleaseBy, string, bool) {
	alert, alerted := alertIn(err)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return record.ByNothing, "", true
	case errors.Is(err, net.ErrClosed):
		return record.ByNothing, "closed by the attacker", true
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
	case c.gate.reset.Load():
		return record.ByRST, "", true
	case c.gate.ended.Load():
		return record.ByFIN, c.lastWords(), true
	case errors.Is(err, io.EOF): // from the TLS stack, and the socket has not ended
		return record.ByCloseNotify, c.announced(), true
	}
	// Without TLS it is the kernel that gave up, as after retransmissions that
	// nobody answered: the connection is lost and the server did not end it.
	return record.ByNothing, "connection lost: " + err.Error(), c.tls == nil
}

// lastWords quotes what a server without TLS or HTTP said before it closed.
func (c *client) lastWords() string {
	if c.h2 != nil {
		return c.announced()
	}
	if text := c.reply.Text(); text != "" {
		return fmt.Sprintf("after %q", text)
	}
	return ""
}

// release says how the hold ended. A hold that had not settled was refused.
func (c *client) release(by record.ReleaseBy, detail string) {
	t, settled := c.gate.lastGot.Load(), c.at(parked)
	if by == record.ByNothing {
		t = now()
	}
	if why, na := c.answered(settled); na {
		c.fail(notApplicable{why})
		return
	}
	if !settled {
		c.step = "wait at the stage"
		c.fail(fmt.Errorf("the server let go (%s %s) %v after the stage was reached, which is a refusal and no limit",
			by, detail, time.Duration(t-c.parkedT).Round(time.Microsecond)))
		return
	}
	if !c.finish() {
		return
	}
	rel := &record.Release{By: by, Detail: detail, LastT: c.gate.lastSent.Load()}
	if slices.Contains([]record.ReleaseBy{record.ByAlert, record.ByCloseNotify, record.ByStatus, record.ByGoAway, record.ByRSTStream}, by) {
		rel.End, rel.EndT = c.gate.awaitEnd()
	}
	c.emit(record.Event{T: t, Kind: record.HoldReleased, HoldInfo: c.info(), Release: rel})
}

// awaitEnd waits a little for the FIN or RST after the first sign of a release.
func (g *gate) awaitEnd() (record.ReleaseBy, int64) {
	g.alarm = nil
	_ = g.SetReadDeadline(time.Now().Add(endGrace)) // an error shows in the read
	for {
		err := g.readShared(func([]byte) {})
		switch {
		case g.reset.Load():
			return record.ByRST, g.lastGot.Load()
		case g.ended.Load():
			return record.ByFIN, g.lastGot.Load()
		case err != nil:
			return "", 0
		}
	}
}

// sharedBuffers are for reads of parked connections: a buffer is taken only once
// there is something to read, so ten thousand silent holds need none.
var sharedBuffers = sync.Pool{New: func() any { return new([4096]byte) }}

// readShared waits for bytes and shows them to use, without a buffer of its own.
func (g *gate) readShared(use func([]byte)) error {
	for {
		var n int
		var t int64
		var err error
		waitErr := g.raw.Read(func(fd uintptr) bool {
			buf := sharedBuffers.Get().(*[4096]byte)
			defer sharedBuffers.Put(buf)
			n, err = unix.Read(int(fd), buf[:])
			t = now()
			if err == unix.EAGAIN || err == unix.EINTR {
				return false
			}
			if n > 0 {
				g.came(buf[:n], t)
				use(buf[:n])
			}
			return true
		})
		switch {
		case errors.Is(waitErr, os.ErrDeadlineExceeded) && g.alarm != nil && g.alarm():
			continue
		case waitErr != nil:
			return waitErr
		case err == nil && n == 0:
			err = io.EOF
			fallthrough
		case err != nil:
			g.failed(err, t)
			return err
		}
		return nil
	}
}
