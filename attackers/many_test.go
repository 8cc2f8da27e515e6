package attackers

import (
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

// TestManyHolds opens more than may be reaching at once, closes one by command,
// adds one, and leaves nothing out.
func TestManyHolds(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	const count = reachingAtOnce + 300
	address := listen(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	plan := Plan{Run: "r"}
	for i := range count {
		h := oneHold(address, "tcp.connected", record.Silent, func(h *Hold) {
			h.ID, h.Watch = fmt.Sprint(i), 2*time.Second
		})
		plan.Holds = append(plan.Holds, h.Holds...)
	}
	s := attackWith(t, plan)
	s.await("0", record.HoldParked)
	s.say(command{Release: "0"})
	more := plan.Holds[0]
	more.ID = "more"
	s.say(command{Holds: []Hold{more}})
	for _, h := range append(plan.Holds[1:], more) {
		g.Expect(s.await(h.ID, record.HoldReleased).Release.By).To(Equal(record.ByNothing))
	}
	g.Expect(s.first("0", record.HoldReleased)).To(BeNil())
	g.Expect(s.first("0", record.Observed)).NotTo(BeNil())
}

// BenchmarkHold is the cost of a hold from dialling to parked.
func BenchmarkHold(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
		}
	}()
	shared := tcpConnected()
	b.ReportAllocs()
	for b.Loop() {
		h := Hold{ID: "b", Address: l.Addr().String(), Stage: "tcp.connected", Mode: record.Silent}
		c := &client{hold: h, stage: &shared, emit: func(record.Event) {}, free: func() {}}
		if err := c.dial(b.Context()); err != nil {
			b.Fatal(err)
		}
		c.park()
		c.close()
	}
}
