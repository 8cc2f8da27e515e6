package attackers

import (
	"errors"
	"net"
	"os"

	"golang.org/x/sys/unix"

	"stalemate/attackers/stages"
	"stalemate/reports/record"
)

// watchUnread waits for the end of a connection whose bytes stay in the kernel. A RST
// shows at once. A FIN shows only after all data, and the server cannot send that while
// the client's window is shut. Usually only the server's own socket shows the release,
// and this reports none.
func (c *client) watchUnread() {
	for {
		var events int16
		var t int64
		err := c.conn.raw.Read(func(fd uintptr) bool {
			fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}}
			if _, err := unix.Poll(fds, 0); err != nil {
				return false // EINTR: the next event polls again
			}
			t, events = record.Now(), fds[0].Revents
			return events != 0
		})
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded) && c.nextDeadline():
			continue
		case errors.Is(err, os.ErrDeadlineExceeded):
			c.release(record.ByNothing, "")
		case errors.Is(err, net.ErrClosed):
		case err != nil:
			c.release(record.ByNothing, err.Error())
		case events&(unix.POLLHUP|unix.POLLERR) != 0:
			c.conn.lastGot.Store(t)
			c.release(record.ByRST, "")
		case c.at(settling) && c.stage.Name == stages.HTTPResponse:
			c.fail(notApplicable{"the response is too small to be left unread: all of it and the server's FIN fit into the client's receive buffer"})
		default:
			c.conn.lastGot.Store(t)
			c.release(record.ByFIN, "")
		}
		return
	}
}
