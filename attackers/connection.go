package attackers

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"

	"stalemate/reports/record"
)

// connection is a TCP connection that counts its bytes and takes the time of each. It can
// withhold TLS records, which the TLS stack above it believes sent.
//
//	stage -> TLS stack -> connection -> socket
//	                          |
//	                          +-> withheld records
//
// One goroutine reads at a time. The timer of a trickle writes as well, so what both
// touch is atomic.
type connection struct {
	net.Conn
	raw syscall.RawConn

	sent, got         atomic.Int64 // bytes
	lastSent, lastGot atomic.Int64 // CLOCK_MONOTONIC ns
	reset             atomic.Bool  // a read or a write met a RST
	ended             atomic.Bool  // a read met a FIN
	// parked stops the counting of what is sent, except for trickled bytes. All else that
	// leaves a parked connection is the TLS stack's answer to the release, an alert.
	parked atomic.Bool

	// most bounds the bytes that are read, see handshake. 0 is no bound.
	most int64

	// pass decides which TLS records leave. nil lets all of them leave.
	pass     func(rec []byte) bool
	withheld [][]byte
	// onWithheld is called at the end of a write of which records were withheld. May be nil.
	onWithheld func()
	// onRead sees the bytes before the reader does. May be nil.
	onRead func(p []byte)
	// onDeadline is called when a read has met its deadline. True if it has set another
	// one: then the read goes on. May be nil.
	onDeadline func() bool
}

func newConnection(conn net.Conn) (*connection, error) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return nil, fmt.Errorf("connection to %s: not TCP", conn.RemoteAddr())
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil, err
	}
	return &connection{Conn: conn, raw: raw}, nil
}

// Read takes the time before anything else.
func (c *connection) Read(p []byte) (int, error) {
	for {
		if c.most > 0 && c.got.Load() >= c.most {
			return 0, errLongHandshake
		}
		n, err := c.Conn.Read(p)
		t := record.Now()
		if n > 0 {
			c.received(p[:n], t)
			return n, nil
		}
		if errors.Is(err, os.ErrDeadlineExceeded) && c.onDeadline != nil && c.onDeadline() {
			continue
		}
		c.readFailed(err, t)
		return 0, err
	}
}

// received notes bytes that were read at time t.
func (c *connection) received(p []byte, t int64) {
	c.got.Add(int64(len(p)))
	c.lastGot.Store(c.arrived(dataSegment, t))
	if c.onRead != nil {
		c.onRead(p)
	}
}

// readFailed notes what a failed read at time t shows of the server.
func (c *connection) readFailed(err error, t int64) {
	switch {
	case errors.Is(err, syscall.ECONNRESET):
		c.reset.Store(true)
		c.lastGot.Store(t)
	case errors.Is(err, io.EOF):
		c.ended.Store(true)
		c.lastGot.Store(c.arrived(anySegment, t))
	}
}

// Write sends p without the records that pass refuses. For the caller, these count as
// written.
func (c *connection) Write(p []byte) (int, error) {
	if c.pass == nil {
		return c.send(p)
	}
	var leaves []byte
	before := len(c.withheld)
	for _, rec := range records(p) {
		if c.pass(rec) {
			leaves = append(leaves, rec...)
		} else {
			c.withheld = append(c.withheld, append([]byte(nil), rec...))
		}
	}
	if len(leaves) > 0 {
		if _, err := c.send(leaves); err != nil {
			return 0, err
		}
	}
	if len(c.withheld) > before && c.onWithheld != nil {
		c.onWithheld()
	}
	return len(p), nil
}

// send sends p, whatever pass says.
func (c *connection) send(p []byte) (int, error) {
	begun := record.Now() // before the call: on a busy machine it may return long after the server has read
	n, err := c.Conn.Write(p)
	if n > 0 && !c.parked.Load() {
		c.lastSent.Store(begun)
		c.sent.Add(int64(n))
	}
	// The kernel reports a RST once. If a write meets it, the next read sees a plain end.
	if errors.Is(err, syscall.ECONNRESET) {
		c.reset.Store(true)
	}
	return n, err
}

// writerFunc makes a Writer of a function.
type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
