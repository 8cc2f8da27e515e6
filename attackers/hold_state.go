package attackers

import (
	"cmp"
	"fmt"
	"time"

	"stalemate/reports/record"
)

// defaultSettle is how long a hold must stand at its stage before it counts as parked,
// where the plan does not say.
const defaultSettle = 200 * time.Millisecond

// state is how far a hold has come.
type state int

const (
	reaching state = iota // on the way to its stage
	settling              // at the stage; a server that ends the connection now refuses the stage
	parked                // at the stage, and the event hold.parked is out
	over                  // released, failed, watched to the end, or closed by the client
)

// park marks the stage as reached. Only the goroutine that reads may call it.
func (c *client) park() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != reaching {
		return
	}
	c.state = settling
	c.parkedT = record.Now()
	c.stoodT = c.conn.stoodSince(c.parkedT)
	c.conn.onDeadline = c.nextDeadline
	c.conn.parked.Store(true)
	c.setDeadline(c.parkedT + int64(c.settle()))
	if c.hold.Mode == record.Trickle {
		c.scheduleTrickle(0)
	}
	c.free()
}

// settle is how long the hold must stand at its stage before it counts as parked.
func (c *client) settle() time.Duration { return cmp.Or(c.hold.Settle, defaultSettle) }

// setDeadline ends the next read at that CLOCK_MONOTONIC time, and removes the deadline
// of writes. It fails only on a closed connection, and then the next read fails too.
func (c *client) setDeadline(t int64) {
	_ = c.conn.SetWriteDeadline(time.Time{})
	_ = c.conn.SetReadDeadline(at(t))
}

// nextDeadline moves a hold on when a read has met its deadline: from settling to parked,
// and from there to the end of the watch. True if it has set another deadline.
func (c *client) nextDeadline() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != settling {
		return false
	}
	c.state = parked
	c.emitParked()
	c.setDeadline(c.parkedT + int64(c.hold.Watch))
	return true
}

func (c *client) emitParked() {
	if c.reply.Interim != 0 {
		c.note = fmt.Sprintf("the server answered %d", c.reply.Interim)
	}
	info := c.info()
	if c.stoodT < c.parkedT {
		info.StoodT = c.stoodT
	}
	if c.refused != "" {
		info.Refused, info.RefusedT, c.note = c.refused, c.refusedT, c.refused
	}
	c.emit(record.Event{T: c.parkedT, Kind: record.HoldParked, HoldInfo: info, Note: c.note})
}

// info is the state of the hold's connection, for its events.
func (c *client) info() *record.HoldInfo {
	if c.conn == nil {
		return nil
	}
	return &record.HoldInfo{
		Local:  c.conn.LocalAddr().String(),
		Peer:   c.conn.RemoteAddr().String(),
		Sent:   int(c.conn.sent.Load()),
		Got:    int(c.conn.got.Load()),
		LastT:  c.conn.lastSent.Load(),
		Unread: c.stage.unread,
	}
}

// finish ends the work on the hold and leaves the socket open. False if it was over before.
func (c *client) finish() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == over {
		return false
	}
	c.state = over
	if c.timer != nil {
		c.timer.Stop()
	}
	return true
}

// close closes the socket, whatever the hold is doing. True if the hold was not over yet.
func (c *client) close() bool {
	working := c.finish()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn != nil {
		_ = c.conn.Close() // the hold is over: an error changes nothing
	}
	c.free()
	return working
}

func (c *client) at(s state) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state == s
}
