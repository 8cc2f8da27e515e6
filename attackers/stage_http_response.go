package attackers

import (
	"fmt"
	"net/http"

	"golang.org/x/sys/unix"

	"stalemate/reports/record"
)

// httpResponse parks a connection whose client does not read the response.
//
//	client                          server
//	  |-- GET /large ---------------->|
//	  |<-- head of the response ------|
//	  | reads nothing: window shut -->|  waits until it can send the rest
//	  | trickle: reads 16 KiB a step  |
//
// A shut window stops the sender (RFC 9293 section 3.8.6). nginx bounds the wait by
// send_timeout, Apache by Timeout.
//
// In silent mode only a RST reaches the client. If the server closes the connection,
// the server's own socket shows it. A trickle lasts for the length of the response
// divided by 16 KiB. A response that fits in the buffers shows that the target cannot
// have this stage. If the server says that it closes the connection after it, that is awaited.
func httpResponse() implementation {
	return implementation{
		receiveBuffer: func(mode record.Mode) int {
			if mode == record.Trickle {
				return slowBuffer
			}
			return unreadBuffer
		},
		unread: true,
		reach:  reachResponse,
	}
}

const (
	// unreadBuffer is SO_RCVBUF in silent mode, in bytes. A TLS record still gets through
	// in pieces. The kernel doubles the value.
	unreadBuffer = 4 << 10
	// slowBuffer is SO_RCVBUF in trickle mode, in bytes. Each step opens the window by far
	// more than a segment, so that the server can send.
	slowBuffer = 32 << 10
	// slowBite is what one step of trickle mode reads at most, in bytes. Single bytes would
	// not open the window (RFC 9293 section 3.8.6.2.2).
	slowBite = 16 << 10
	// smallestUnread is the least Content-Length, in bytes, that counts as too large for
	// the buffers between server and client. On a network with an MTU of 1500, a server's
	// send buffer begins at 85 KiB and does not grow while the client reads nothing. Over
	// loopback it has up to 4 MiB.
	smallestUnread = 512 << 10
)

func reachResponse(c *client) error {
	if err := c.secure(); err != nil {
		return err
	}
	path := c.hold.Request.Large
	if path == "" {
		path = c.hold.Request.Path
	}
	if err := c.send("send a request", requestHead(c.hold.Request, "GET", path, c.hold.Address)); err != nil {
		return err
	}
	c.step = "read the head of the response"
	// 256 bytes at a time: almost all of the body stays in the kernel.
	resp, err := readResponse(c.rw(), 256, nil)
	if err != nil {
		return err
	}
	// The body is not closed: closing it would read it.
	why := ""
	switch {
	case requestFailed(resp.StatusCode):
		return fmt.Errorf("the server answered %d for the large response", resp.StatusCode)
	case resp.ContentLength >= smallestUnread: // whatever its status
	case resp.StatusCode != http.StatusOK:
		why = fmt.Sprintf("the server answered %d for the large response", resp.StatusCode)
	case resp.ContentLength >= 0:
		why = fmt.Sprintf("the response is too small to be left unread: it has %d bytes, and buffers take up to %d", resp.ContentLength, smallestUnread)
	}
	switch {
	case why != "" && resp.Close:
		return refusal{why + "; the server closes the connection, as it says"}
	case why != "":
		return notApplicable{why}
	}
	c.note = "response without a Content-Length"
	if resp.ContentLength >= 0 {
		c.note = fmt.Sprintf("response of %d bytes", resp.ContentLength)
	}
	c.trickle = c.slowRead()
	return nil
}

// slowRead reads up to slowBite from the socket, below TLS, as the content does not matter.
// It never waits. It uses Control and not Read, because the watching reader holds the
// connection's read lock.
func (c *client) slowRead() trickle {
	buf := make([]byte, slowBite)
	return func() error {
		var n int
		var err error
		ctlErr := c.conn.raw.Control(func(fd uintptr) { n, err = unix.Read(int(fd), buf) })
		switch {
		case ctlErr != nil:
			return ctlErr
		case err == unix.EAGAIN || err == unix.EINTR:
			return nil
		case err == nil && n == 0:
			return errTrickleEnd
		case n > 0:
			t := record.Now()
			c.conn.received(buf[:n], t)
			// Reading opens the window, so it is the client's sign of life, as sending is at
			// other stages: an idle limit counts from it.
			c.conn.lastSent.Store(t)
		}
		return err
	}
}
