package attackers

import (
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
)

// gate is the connection under everything else. It counts and times the bytes,
// and it can withhold TLS records that a TLS stack above it believes sent.
//
// Reads are made by one goroutine at a time. Writes may come from the trickle
// timer as well, so what both touch is atomic.
type gate struct {
	net.Conn
	raw syscall.RawConn

	sent, got         atomic.Int64 // bytes
	lastSent, lastGot atomic.Int64 // CLOCK_MONOTONIC ns
	reset             atomic.Bool  // a read or a write met a RST
	// parked stops the counting and timing of what is sent: all that leaves now beside a trickled
	// byte is an answer of the TLS stack to the release (its alert), and no sign of life.
	parked atomic.Bool
	ended  atomic.Bool // a read met a FIN

	// pass decides for each TLS record that is about to leave; nil lets everything pass.
	pass     func(rec []byte) bool
	withheld [][]byte
	// onWithheld is called when a write that held records back is through; nil where nobody asks.
	onWithheld func()
	// onRead sees what came before anybody above does; nil where nobody asks.
	onRead func(p []byte)
	// alarm is asked when a deadline has passed: true means that another one was set, read on.
	alarm func() bool
}

func newGate(conn net.Conn) (*gate, error) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return nil, errors.New("not a TCP connection")
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil, err
	}
	return &gate{Conn: conn, raw: raw}, nil
}

// Read reads, and takes the time before anything else.
func (g *gate) Read(p []byte) (int, error) {
	for {
		n, err := g.Conn.Read(p)
		t := now()
		if n > 0 {
			g.came(p[:n], t)
			return n, nil
		}
		if errors.Is(err, os.ErrDeadlineExceeded) && g.alarm != nil && g.alarm() {
			continue
		}
		g.failed(err, t)
		return 0, err
	}
}

// came notes bytes that were read at time t.
func (g *gate) came(p []byte, t int64) {
	g.got.Add(int64(len(p)))
	g.lastGot.Store(t)
	if g.onRead != nil {
		g.onRead(p)
	}
}

// failed notes what a failed read at time t says about the other side.
func (g *gate) failed(err error, t int64) {
	switch {
	case errors.Is(err, syscall.ECONNRESET):
		g.reset.Store(true)
		g.lastGot.Store(t)
	case errors.Is(err, io.EOF):
		g.ended.Store(true)
		g.lastGot.Store(t)
	}
}

// Write sends p, or withholds the records in it that pass refuses. What is
// withheld counts as written for the caller.
func (g *gate) Write(p []byte) (int, error) {
	if g.pass == nil {
		return g.out(p)
	}
	var leaves []byte
	before := len(g.withheld)
	for _, rec := range records(p) {
		if g.pass(rec) {
			leaves = append(leaves, rec...)
		} else {
			g.withheld = append(g.withheld, append([]byte(nil), rec...))
		}
	}
	if len(leaves) > 0 {
		if _, err := g.out(leaves); err != nil {
			return 0, err
		}
	}
	if len(g.withheld) > before && g.onWithheld != nil {
		g.onWithheld()
	}
	return len(p), nil
}

// writerFunc makes a Writer of a function.
type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// out sends p past the record filter.
func (g *gate) out(p []byte) (int, error) {
	begun := now() // before the call, as the server may have read it long before we are told that it went
	n, err := g.Conn.Write(p)
	if n > 0 && !g.parked.Load() {
		g.lastSent.Store(begun)
		g.sent.Add(int64(n))
	}
	// The kernel tells of a RST once: if a write learns it, the next read sees a plain end.
	if errors.Is(err, syscall.ECONNRESET) {
		g.reset.Store(true)
	}
	return n, err
}
