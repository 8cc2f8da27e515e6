package attackers

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"stalemate/reports/record"
)

const (
	defaultReach  = 10 * time.Second
	defaultSettle = 200 * time.Millisecond
)

// state is how far a client has come.
type state int

const (
	reaching state = iota // on the way to its stage
	settling              // at the stage; what ends it now refuses the stage
	parked                // at the stage, said so
	over                  // released, failed, watched to the end or closed by us
)

// client is one hold at work. Its stage drives it on one goroutine; the trickle
// timer and the driver's close come from others, hence the mutex.
type client struct {
	hold  Hold
	stage *stage
	emit  func(record.Event)
	free  func() // gives its place among those that are reaching back

	gate *gate
	tls  *tls.Conn // nil while nothing is encrypted
	h2   *h2       // nil where HTTP/2 is not spoken
	step string    // what is being done, for messages
	said string    // conversation: what came and was not yet matched

	note  string // goes into hold.parked
	reply reply  // what came once it was parked

	mu      sync.Mutex
	state   state
	parkedT int64
	drip    drip
	timer   *time.Timer
}

// notApplicable is the error of a stage that the target cannot have.
type notApplicable struct{ why string }

func (e notApplicable) Error() string { return e.why }

// dial connects, with Nagle's algorithm off (the default of package net) and
// without keep-alive probes, which are none of the stage's bytes.
func (c *client) dial(ctx context.Context) error {
	c.step = "dial"
	dialer := net.Dialer{KeepAlive: -1}
	if c.stage.receiveBuffer != nil {
		size := c.stage.receiveBuffer(c.hold.Mode)
		dialer.Control = func(_, _ string, raw syscall.RawConn) error {
			var opt error
			err := raw.Control(func(fd uintptr) {
				opt = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, size)
			})
			return errors.Join(err, opt)
		}
	}
	conn, err := dialer.DialContext(ctx, "tcp", c.hold.Address)
	if err != nil {
		return err
	}
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return errors.Join(err, conn.Close())
		}
	}
	g, err := newGate(conn)
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == over {
		return errors.Join(net.ErrClosed, conn.Close())
	}
	c.gate = g
	return nil
}

// run takes the hold to its stage and leaves a goroutine that watches it. What
// goes wrong on the way is said as an event.
func (c *client) run(ctx context.Context, watching *sync.WaitGroup) {
	within := c.hold.ReachWithin
	if within == 0 {
		within = defaultReach
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	begun := now() // before the call: on a busy machine we may hear of the connection long after the server did
	if err := c.dial(ctx); err != nil {
		c.fail(err)
		return
	}
	c.emit(record.Event{T: begun, Kind: record.HoldConnected, HoldInfo: c.info()})
	var err error
	if !c.stage.bare {
		err = c.converse(c.hold.Preface, "preface")
	}
	if err == nil {
		err = c.stage.reach(c)
	}
	if c.at(reaching) {
		if err != nil {
			c.fail(err)
			return
		}
		c.park()
	}
	watching.Go(func() { c.watch(err) })
}

// park marks the stage as reached. Only the goroutine that reads calls it.
func (c *client) park() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != reaching {
		return
	}
	c.state = settling
	c.parkedT = now()
	settle := c.hold.Settle
	if settle == 0 {
		settle = defaultSettle
	}
	c.gate.alarm = c.nextAlarm
	c.gate.parked.Store(true)
	c.setDeadline(c.parkedT + int64(settle))
	if c.hold.Mode == record.Trickle {
		c.dripAt(0)
	}
	c.free()
}

// setDeadline ends the next read at that CLOCK_MONOTONIC time, and lifts the
// deadline of writes. An error means that the connection is closed, which the
// next read says as well.
func (c *client) setDeadline(t int64) {
	_ = c.gate.SetWriteDeadline(time.Time{})
	_ = c.gate.SetReadDeadline(at(t))
}

// nextAlarm moves a hold on when nothing came up to its deadline: from settling
// to parked, and from there to the end of the watch.
func (c *client) nextAlarm() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != settling {
		return false
	}
	c.state = parked
	c.sayParked()
	c.setDeadline(c.parkedT + int64(c.hold.Watch))
	return true
}

func (c *client) sayParked() {
	if c.reply.Interim != 0 {
		c.note = fmt.Sprintf("the server answered %d", c.reply.Interim)
	}
	c.emit(record.Event{T: c.parkedT, Kind: record.HoldParked, HoldInfo: c.info(), Note: c.note})
}

// info is where the hold stands.
func (c *client) info() *record.HoldInfo {
	if c.gate == nil {
		return nil
	}
	return &record.HoldInfo{
		Local: c.gate.LocalAddr().String(),
		Peer:  c.gate.RemoteAddr().String(),
		Sent:  int(c.gate.sent.Load()),
		Got:   int(c.gate.got.Load()),
		LastT: c.gate.lastSent.Load(),
	}
}

// fail says that the stage was not reached, or that the target cannot have it,
// and closes the connection: nothing is to be learnt from it any more.
func (c *client) fail(err error) {
	if !c.finish() {
		return
	}
	kind, note := record.HoldFailed, ""
	var na notApplicable
	switch {
	case errors.As(err, &na):
		kind, note = record.HoldNotApplicable, na.why
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		note = fmt.Sprintf("%s: %s with %s: the server closed the connection before the stage was reached: %v", c.hold.Stage, c.step, c.hold.Address, err)
	default:
		note = fmt.Sprintf("%s: %s with %s: %v", c.hold.Stage, c.step, c.hold.Address, err)
	}
	c.emit(record.Event{T: now(), Kind: kind, HoldInfo: c.info(), Note: note})
	c.close()
}

// finish ends the work on the hold; false if that was done before. The socket
// stays open.
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

// close closes the socket, whatever the hold is doing. True if the hold was still at work.
func (c *client) close() bool {
	working := c.finish()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gate != nil {
		_ = c.gate.Close() // nothing is left to be told to anyone
	}
	c.free()
	return working
}

func (c *client) at(s state) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state == s
}

// rw is where the stage's bytes go: through TLS once it is established.
func (c *client) rw() io.ReadWriter {
	if c.tls != nil {
		return c.tls
	}
	return c.gate
}

// send writes the bytes of a stage in one call.
func (c *client) send(step, text string) error {
	c.step = step
	_, err := io.WriteString(c.rw(), text)
	return err
}
