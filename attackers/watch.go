package attackers

import (
	"errors"
)

// errDecided ends the watch: the server has sent what releases the hold.
var errDecided = errors.New("the reply releases the hold")

// watch reads until the server releases the hold or the watch is over, and reports which.
// The argument is how the reach function ended: with an error, it was itself reading
// when the server ended the connection.
func (c *client) watch(err error) {
	if c.stage.unread && c.refused == "" {
		c.watchUnread()
		return
	}
	buf := newWatchBuffer(c)
	for {
		for err == nil {
			err = c.readOn(buf)
		}
		by, detail, known := c.outcome(err)
		if known && !c.refuses(by, detail) {
			c.release(by, detail)
			return
		}
		if !known {
			// The client's TLS stack rejected what the server sent. The server still holds the
			// connection, so only the socket counts from here on.
			c.onlySocket()
		}
		err = nil
	}
}

// newWatchBuffer gives the buffer for decrypted bytes. Without TLS there are none, and
// HTTP/2 frames have their own.
func newWatchBuffer(c *client) []byte {
	if c.tls == nil || c.h2 != nil {
		return nil
	}
	return make([]byte, 256)
}

// readOn reads once and looks at the bytes.
func (c *client) readOn(buf []byte) error {
	var err error
	switch {
	case c.h2 != nil:
		return c.watchFrame()
	case c.tls == nil:
		err = c.conn.readShared(c.hear)
	default:
		var n int
		n, err = c.tls.Read(buf)
		c.hear(buf[:n])
	}
	if c.reply.decided() || c.awaited.matched() {
		return errDecided
	}
	return err
}

// hear takes in what the server says to a parked connection.
func (c *client) hear(p []byte) {
	c.awaited.feed(p)
	c.reply.feed(p)
}
