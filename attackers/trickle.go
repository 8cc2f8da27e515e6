package attackers

import (
	"errors"
	"io"
	"time"

	"stalemate/reports/record"
)

// trickle is one step of trickle mode. It returns errTrickleEnd when one more step would
// complete the stage.
type trickle func() error

var errTrickleEnd = errors.New("nothing left to trickle")

// trickleBytes sends these bytes, one a step.
func trickleBytes(w io.Writer, rest []byte) trickle {
	return func() error {
		if len(rest) == 0 {
			return errTrickleEnd
		}
		_, err := w.Write(rest[:1])
		rest = rest[1:]
		if err == nil && len(rest) == 0 {
			err = errTrickleEnd
		}
		return err
	}
}

// tricklePattern sends a pattern over and over, one byte a step and count bytes in all.
func tricklePattern(w io.Writer, pattern string, count int) trickle {
	sent := 0
	return func() error {
		_, err := io.WriteString(w, pattern[sent%len(pattern):][:1])
		sent++
		if err == nil && sent == count {
			err = errTrickleEnd
		}
		return err
	}
}

// scheduleTrickle plans step number n. It counts from the moment the hold was parked, so
// that delays do not add up. The caller holds the mutex.
func (c *client) scheduleTrickle(n int) {
	if c.trickle == nil {
		return
	}
	due := c.parkedT + int64(c.hold.Phase) + int64(n)*int64(c.hold.Interval)
	if c.hold.TrickleFor > 0 && due > c.parkedT+int64(c.hold.TrickleFor) {
		c.emitTrickled()
		return
	}
	c.timer = time.AfterFunc(time.Duration(due-record.Now()), func() { c.trickleNow(n) })
}

// trickleNow does step number n and plans the next.
func (c *client) trickleNow(n int) {
	c.mu.Lock()
	if c.state == over {
		c.mu.Unlock()
		return
	}
	step := c.trickle
	c.mu.Unlock()

	c.conn.parked.Store(false)
	err := step() // not under the mutex: a write may block
	c.conn.parked.Store(true)

	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.state == over:
	case errors.Is(err, errTrickleEnd):
		c.emitTrickled()
	case err == nil:
		c.scheduleTrickle(n + 1)
	default: // the server ended the connection; the reader sees how
	}
}

func (c *client) emitTrickled() {
	c.emit(record.Event{T: c.conn.lastSent.Load(), Kind: record.HoldTrickled, HoldInfo: c.info()})
}
