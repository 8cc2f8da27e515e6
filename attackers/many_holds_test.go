package attackers

import (
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/attackers/stages"
	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// TestManyHolds opens more holds than may be on their way at once, closes one by command,
// and adds one. Each has its events.
func TestManyHolds(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	const count = reachingAtOnce + 300
	address := listen(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	plan := wire.Plan{Run: "r"}
	for i := range count {
		h := oneHold(address, "tcp.connected", record.Silent, func(h *wire.Hold) {
			h.ID, h.Watch = fmt.Sprint(i), 2*time.Second
		})
		plan.Holds = append(plan.Holds, h.Holds...)
	}
	s := attackWith(t, plan)
	s.await("0", record.HoldParked)
	s.say(command{Release: "0"})
	more := plan.Holds[0]
	more.ID = "more"
	s.say(command{Holds: []wire.Hold{more}})
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
	shared := stageOf(wire.Hold{Stage: stages.TCPConnected})
	b.ReportAllocs()
	for b.Loop() {
		h := wire.Hold{ID: "b", Address: l.Addr().String(), Stage: stages.TCPConnected, Mode: record.Silent}
		c := &client{hold: h, stage: &shared, emit: func(record.Event) {}, free: func() {}}
		if err := c.dial(b.Context()); err != nil {
			b.Fatal(err)
		}
		c.park()
		c.close()
	}
}
