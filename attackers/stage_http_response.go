package attackers

import (
	"bufio"
	"fmt"
	"net/http"

	"golang.org/x/sys/unix"

	"stalemate/reports/record"
)

const (
	// unreadBuffer is SO_RCVBUF in silent mode, bytes: the smallest that still
	// lets a TLS record through in pieces. The kernel doubles it.
	unreadBuffer = 4 << 10
	// slowBuffer is SO_RCVBUF in trickle mode, bytes: the window opens by far more
	// than a segment at each step, so the server can see that something moves.
	slowBuffer = 32 << 10
	// slowBite is what one step of trickle mode reads at most, bytes. Single bytes
	// would open no window (RFC 9293 section 3.8.6.2.2) and be the silent mode.
	slowBite = 16 << 10
	// smallestUnread is the least Content-Length that counts as too large for the
	// buffers between server and client, bytes: a server's send buffer on a network
	// with an MTU of 1500 begins at 85 KiB and does not grow while nothing is read.
	// Over loopback it is up to 4 MiB.
	smallestUnread = 512 << 10
)

// httpResponse parks a connection whose response is not read.
//
// Leans on: RFC 9293 section 3.8.6 (a shut window stops the sender); send_timeout, Timeout.
// Sends: one whole GET for a large response. Waits for: the head of the response.
// Silent: nothing more is read; only a RST shows at this end, and a release by
// close shows at the server's own socket alone.
// Trickle: reads at most 16 KiB a step. Lasts for the length of the response over
// that. A response that fits in the buffers shows that the target cannot have this stage.
func httpResponse() stage {
	return stage{
		StageInfo: StageInfo{
			Name:         "http.response",
			NeedsHTTP:    true,
			Modes:        bothModes,
			Rule:         "RFC 9293 section 3.8.6",
			Sends:        "one whole request for a large response",
			WaitsFor:     "the head of the response",
			Trickles:     "nothing: it reads at most 16 KiB at each step, since single bytes would not open the window",
			TrickleBytes: smallestUnread/slowBite - 2*slowBuffer/slowBite,
		},
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

func reachResponse(c *client) error {
	if err := c.secure(); err != nil {
		return err
	}
	path := c.hold.Request.Large
	if path == "" {
		path = c.hold.Request.Path
	}
	if err := c.send("send a request", c.hold.Request.head("GET", path, c.hold.Address)); err != nil {
		return err
	}
	c.step = "read the head of the response"
	// 256 bytes at a time: next to nothing of the body leaves the kernel.
	resp, err := http.ReadResponse(bufio.NewReaderSize(c.rw(), 256), nil)
	if err != nil {
		return err
	}
	// The body stays unread; closing it would read.
	switch {
	case wentWrong(resp.StatusCode):
		return fmt.Errorf("the server answered %d for the large response", resp.StatusCode)
	case resp.StatusCode != http.StatusOK:
		return notApplicable{fmt.Sprintf("the server answered %d for the large response", resp.StatusCode)}
	case resp.ContentLength >= 0 && resp.ContentLength < smallestUnread:
		return notApplicable{fmt.Sprintf("the response is too small to be left unread: %d bytes, and buffers take up to %d", resp.ContentLength, smallestUnread)}
	}
	c.note = fmt.Sprintf("response of %d bytes (-1: length not said)", resp.ContentLength)
	c.drip = c.slowRead()
	return nil
}

// slowRead reads a little from the socket, below TLS: what it says does not
// matter. It never waits, and it stays out of the way of the watching reader,
// which holds the connection's read lock.
func (c *client) slowRead() drip {
	buf := make([]byte, slowBite)
	return func() error {
		var n int
		var err error
		ctlErr := c.gate.raw.Control(func(fd uintptr) { n, err = unix.Read(int(fd), buf) })
		switch {
		case ctlErr != nil:
			return ctlErr
		case err == unix.EAGAIN || err == unix.EINTR:
			return nil
		case err == nil && n == 0:
			return errDripEnd
		case n > 0:
			t := now()
			c.gate.came(buf[:n], t)
			// The reading is our sign of life here, as sending is elsewhere: it opens the
			// window, and a limit that counts idle time counts from it.
			c.gate.lastSent.Store(t)
		}
		return err
	}
}
