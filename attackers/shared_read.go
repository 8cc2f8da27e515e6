package attackers

import (
	"errors"
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"stalemate/reports/record"
)

// sharedBuffers are for reads of parked connections. A read takes one only when there is
// something to read, so ten thousand silent holds need none.
var sharedBuffers = sync.Pool{New: func() any { return new([4096]byte) }}

// readShared waits for bytes and hands them to use, in a shared buffer.
func (c *connection) readShared(use func([]byte)) error {
	for {
		var n int
		var t int64
		var err error
		waitErr := c.raw.Read(func(fd uintptr) bool {
			buf := sharedBuffers.Get().(*[4096]byte)
			defer sharedBuffers.Put(buf)
			n, err = unix.Read(int(fd), buf[:])
			t = record.Now()
			if err == unix.EAGAIN || err == unix.EINTR {
				return false
			}
			if n > 0 {
				c.received(buf[:n], t)
				use(buf[:n])
			}
			return true
		})
		switch {
		case errors.Is(waitErr, os.ErrDeadlineExceeded) && c.onDeadline != nil && c.onDeadline():
			continue
		case waitErr != nil:
			return waitErr
		case err == nil && n == 0:
			err = io.EOF
			fallthrough
		case err != nil:
			c.readFailed(err, t)
			return err
		}
		return nil
	}
}
