package attackers

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// defaultReach is how long the way to a stage may take where the plan does not say.
const defaultReach = 10 * time.Second

// client is one hold: it connects, goes to its stage, and watches the connection there.
// One goroutine does that. The timer of a trickle and the attack's close come from
// others, hence the mutex.
type client struct {
	hold  wire.Hold
	stage *stage
	emit  func(record.Event)
	free  func() // frees its slot among the holds that are on their way to a stage

	conn *connection
	tls  *tls.Conn // nil while nothing is encrypted
	h2   *h2       // nil where HTTP/2 is not spoken
	step string    // what the client is doing, for error messages
	said string    // in a conversation: what the server sent and no pattern has matched yet

	captured map[string]string // variables of a conversation

	note     string // goes into the event hold.parked
	refusedT int64  // when it said so
	refused  string // why the server refuses the stage, as it said; "" if it does not
	reply    reply  // what the server sent once the hold was parked
	awaited  *said  // what releases the hold; nil if only its end does

	mu      sync.Mutex
	state   state
	parkedT int64
	stoodT  int64 // it may have stood at its stage since then
	trickle trickle
	timer   *time.Timer
}

// dial connects. Nagle's algorithm is off, as package net has it, and so are keep-alive
// probes: a server must see the stage's bytes and no others.
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
	wrapped, err := newConnection(conn)
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == over {
		return errors.Join(net.ErrClosed, conn.Close())
	}
	c.conn = wrapped
	return nil
}

// run takes the hold to its stage and starts a goroutine that watches it there. What
// goes wrong on the way becomes an event.
func (c *client) run(ctx context.Context, watching *sync.WaitGroup) {
	ctx, cancel := context.WithTimeout(ctx, c.reachWithin())
	defer cancel()
	c.awaited = newSaid(c.hold.ReleasedBy)
	begun := record.Now() // before the call: on a busy machine it may return long after the server has accepted
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
		var no refusal
		if errors.As(err, &no) {
			c.insist(no.why)
			c.onlySocket()
			err = nil
		}
		if err != nil {
			c.fail(err)
			return
		}
		c.park()
	}
	watching.Go(func() { c.watch(err) })
}

// reachWithin is how long the way to the stage may take.
func (c *client) reachWithin() time.Duration { return cmp.Or(c.hold.ReachWithin, defaultReach) }

// rw is where the stage's bytes go: through TLS once the handshake is over.
func (c *client) rw() io.ReadWriter {
	if c.tls != nil {
		return c.tls
	}
	return c.conn
}

// send writes the bytes of a stage in one call.
func (c *client) send(step, text string) error {
	c.step = step
	_, err := io.WriteString(c.rw(), text)
	return err
}
