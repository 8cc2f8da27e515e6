package timeouts

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/attackers/stages"
	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/reports/record/wire"
	"stalemate/suites/plan"
)

// TestAHoldSpeaksAsItsListenerAsks: certificate, PROXY protocol first, then the file's own preface.
func TestAHoldSpeaksAsItsListenerAsks(t *testing.T) {
	g := NewWithT(t)
	info, _ := stages.Named(stages.HTTPChunk)
	edge := &target.Target{Name: "edge", ClientCert: []byte("pem"), Request: target.Request{Host: "shop.test"}}
	cell := &plan.Cell{Address: "edge/tls/http.chunk/silent", Target: edge, Stage: info, Mode: record.Silent,
		Listener: target.Listener{Name: "tls", Port: 443, Proto: "https", SNI: "shop.test", Proxy: "v2", ClientCertificate: true,
			Preface: []target.Step{{Send: "HELO"}}}}
	h := holdOf(cell, 0, "192.0.2.1", 0)
	g.Expect(h.Preface).To(Equal([]wire.Step{{Proxy: "v2"}, {Send: "HELO"}}))
	g.Expect(h.TLS).To(Equal(&wire.TLS{ServerName: "shop.test", ClientCert: []byte("pem")}))
	g.Expect(h.Address).To(Equal("192.0.2.1:443"))

	cell.Listener.Proxy, cell.Listener.ClientCertificate = "", false
	h = holdOf(cell, 0, "192.0.2.1", 0)
	g.Expect(h.Preface).To(Equal([]wire.Step{{Send: "HELO"}}))
	g.Expect(h.TLS.ClientCert).To(BeNil())
}

func TestNoTrickledByteMeetsTheLimit(t *testing.T) {
	g := NewWithT(t)
	for _, interval := range []time.Duration{plan.TrickleInterval, 300 * time.Millisecond, 1300 * time.Millisecond} {
		for _, seconds := range []float64{2, 3, 4, 5} {
			for n := range 9 {
				p := clearOf(&record.Limit{Kind: record.Absolute, Seconds: seconds}, interval, phase(interval, n))
				between := (time.Duration(seconds*1e9) - p) % interval
				g.Expect(between).To(And(BeNumerically(">=", interval/7), BeNumerically("<=", interval-interval/7)), "%v s, phase %v", seconds, p)
			}
		}
	}
}

// TestTheConnectionsOfAListenerAreApart: only its own are.
func TestTheConnectionsOfAListenerAreApart(t *testing.T) {
	g := NewWithT(t)
	info, _ := stages.Named(stages.TCPConnected)
	cell := func(name string, apart time.Duration) *plan.Cell {
		return &plan.Cell{Address: "edge/" + name + "/tcp.connected/silent", Target: &target.Target{}, Stage: info, Mode: record.Silent,
			Listener: target.Listener{Name: name, Stagger: apart}, Plan: record.Plan{Holds: 2, Limit: &record.Limit{ReleasedBy: "^SSH"}}}
	}
	cells := []*plan.Cell{cell("slow", time.Second), cell("fast", 0)}
	p := attack("r", plan.Unit{Target: &target.Target{}}, cells, "192.0.2.1")
	var after []time.Duration
	for _, h := range p.Holds {
		after = append(after, h.StartAfter)
		g.Expect(h.ReleasedBy).To(Equal("^SSH"))
	}
	g.Expect(after).To(Equal([]time.Duration{0, stagger, stagger + time.Second, 2*stagger + time.Second}))
}
