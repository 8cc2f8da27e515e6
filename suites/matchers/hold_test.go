package matchers_test

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/matchers"
)

// connection is a hold of which everything is known from the beginning, so that nothing is waited for.
type connection struct{ record.HoldState }

func (connection) String() string                                     { return "shop/tls/tls.client-hello/silent" }
func (connection) Stage() string                                      { return "tls.client-hello" }
func (connection) Limit() (string, time.Duration)                     { return "Timeout", 4 * time.Second }
func (c connection) State() record.HoldState                          { return c.HoldState }
func (c connection) AwaitRelease(context.Context) record.HoldState    { return c.HoldState }
func (c connection) AwaitWorker(context.Context) (s record.HoldState) { return c.HoldState }

const second = int64(time.Second)

// held is a connection that was proven in its first moment and watched for so long.
func held(watched int64) connection {
	const start = 100 * second
	return connection{record.HoldState{Connected: start, Parked: start, Proven: start, PID: 7, Watched: start + watched}}
}

// released is one that the server has released after so long.
func released(after, freed, watched int64) connection {
	c := held(watched)
	c.Released, c.By = c.Parked+after, record.ByFIN
	if freed != 0 {
		c.WorkerFreed = c.Parked + freed
	}
	return c
}

// unread is one whose bytes no process has read.
func unread() connection {
	c := held(9 * second)
	c.Proven = 0
	return c
}

func TestBeProven(t *testing.T) {
	g := NewWithT(t)
	expect(g, matchers.BeProven(), held(second), yes, "not to be proven", "process 7 owns the socket")
	expect(g, matchers.BeProven(), unread(), no, "\nto be proven", "no proof that the server's process held the connection")
	expect(g, matchers.BeProven(), "text", unknown, "a *containers.Hold is wanted")
}

func TestBeReleasedWithin(t *testing.T) {
	g := NewWithT(t)
	m := func() OmegaMatcher { return matchers.BeReleasedWithin(10 * time.Second) }
	expect(g, m(), released(4*second, 0, 4*second), yes, "not to be released within 10s", "measured 4.00 s by fin", "at most 10 s", "(Timeout 4s)")
	expect(g, m(), held(11*second), no, "shop/tls/tls.client-hello/silent", "\nto be released within 10s", "never: measured no release", "at most 10 s", "(Timeout 4s)", "still open after 11.00 s")
	expect(g, m(), released(11*second, 0, 11*second), no, "late: measured 11.00 s by fin")
	expect(g, m(), unread(), unknown, "no proof")
	gone := held(3 * second)
	gone.Failed = "the server was killed"
	expect(g, m(), gone, unknown, "the server was killed")
}

func TestBeHeld(t *testing.T) {
	g := NewWithT(t)
	m := func() OmegaMatcher { return matchers.BeHeld(8 * time.Second) }
	expect(g, m(), held(8*second), yes, "not to be held for 8s", "no release before 8 s", "(Timeout 4s)")
	expect(g, m(), released(9*second, 0, 9*second), yes, "not to be held for 8s")
	expect(g, m(), released(4*second, 0, 4*second), no, "\nto be held for 8s", "early: measured 4.00 s by fin", "(Timeout 4s)")
	expect(g, m(), unread(), unknown, "no proof")
}

func TestFreeItsWorker(t *testing.T) {
	g := NewWithT(t)
	expect(g, matchers.FreeItsWorker(), released(4*second, 5*second, 5*second), yes, "not to free its worker within 2.5s", "1.00 s after the release", "within 2.5 s (Timeout 4s)")
	expect(g, matchers.FreeItsWorker(), released(4*second, 0, 8*second), no, "\nto free its worker", "late-worker", "PID 7")
	expect(g, matchers.FreeItsWorker(500*time.Millisecond), released(4*second, 5*second, 5*second), no, "\nto free its worker within 500ms", "kept its socket for 1.00 s")
	expect(g, matchers.FreeItsWorker(), held(9*second), unknown, "has not released the connection")
}
