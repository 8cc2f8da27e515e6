package attackers

import (
	"errors"
	"io"
	"time"

	"stalemate/reports/record"
)

// drip is one step of trickle mode. It gives errDripEnd when nothing is left
// that would not complete the stage.
type drip func() error

var errDripEnd = errors.New("nothing left to trickle")

// dripBytes trickles these bytes, one a step.
func dripBytes(w io.Writer, rest []byte) drip {
	return func() error {
		if len(rest) == 0 {
			return errDripEnd
		}
		_, err := w.Write(rest[:1])
		rest = rest[1:]
		if err == nil && len(rest) == 0 {
			err = errDripEnd
		}
		return err
	}
}

// dripPattern trickles a pattern over and over, count bytes in all.
func dripPattern(w io.Writer, pattern string, count int) drip {
	sent := 0
	return func() error {
		_, err := io.WriteString(w, pattern[sent%len(pattern):][:1])
		sent++
		if err == nil && sent == count {
			err = errDripEnd
		}
		return err
	}
}

// dripAt plans step number n, counted from the moment the hold was parked so
// that delays do not add up. The caller holds the mutex.
func (c *client) dripAt(n int) {
	if c.drip == nil {
		return
	}
	due := c.parkedT + int64(c.hold.Phase) + int64(n)*int64(c.hold.Interval)
	if c.hold.TrickleFor > 0 && due > c.parkedT+int64(c.hold.TrickleFor) {
		c.sayTrickled()
		return
	}
	c.timer = time.AfterFunc(time.Duration(due-now()), func() { c.dripNow(n) })
}

// dripNow makes step number n and plans the next.
func (c *client) dripNow(n int) {
	c.mu.Lock()
	if c.state == over {
		c.mu.Unlock()
		return
	}
	step := c.drip
	c.mu.Unlock()

	c.gate.parked.Store(false)
	err := step() // not under the mutex: a write may block
	c.gate.parked.Store(true)

	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.state == over:
	case errors.Is(err, errDripEnd):
		c.sayTrickled()
	case err == nil:
		c.dripAt(n + 1)
	default: // the server let go; the reader sees how
	}
}

func (c *client) sayTrickled() {
	c.emit(record.Event{T: c.gate.lastSent.Load(), Kind: record.HoldTrickled, HoldInfo: c.info()})
}
