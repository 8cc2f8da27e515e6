package attackers

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/attackers/stages"
	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// TestTrickledBytesArriveOneByOne counts reads on the server's side: each trickled byte is
// one segment, all arrive, and the stage is never completed.
func TestTrickledBytesArriveOneByOne(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	sizes := make(chan int, 1000)
	address := listen(t, func(conn net.Conn) {
		buf := make([]byte, 4096)
		for {
			n, err := conn.Read(buf)
			if err != nil {
				return
			}
			sizes <- n
		}
	})
	s := attackWith(t, oneHold(address, "tls.client-hello", record.Trickle, func(h *wire.Hold) {
		h.Interval, h.Phase, h.Watch = 5*time.Millisecond, 10*time.Millisecond, 4*time.Second
		h.TLS = &wire.TLS{Version: "1.2"}
	}))
	hello, err := captureHello(&wire.TLS{Version: "1.2"})
	g.Expect(err).NotTo(HaveOccurred())
	s.await("h", record.HoldTrickled)
	g.Expect(<-sizes).To(Equal(len(hello)/2), "half the hello in one segment")
	single := len(hello) - len(hello)/2 - 1
	got, reads := 0, 0
	for got < single {
		var n int
		g.Eventually(sizes).Should(Receive(&n), "byte %d of %d", got, single)
		got, reads = got+n, reads+1
	}
	g.Expect(got).To(Equal(single))
	g.Expect(reads).To(BeNumerically(">", single/2), "a busy machine may read two at once, not all")
	g.Consistently(sizes, 50*time.Millisecond).ShouldNot(Receive(), "the last byte is never sent")
}

// TestTrickleBytesAreWhatTheClientCanSend compares the list with what each stage sends in
// trickle mode: its bytes, one a write. The server never sees them. Two million writes
// keep the processor busy, so the tests that measure time run afterwards.
func TestTrickleBytesAreWhatTheClientCanSend(t *testing.T) {
	plain, _ := webServer(t, 0, tls.NoClientCert)
	tls12, _ := webServer(t, tls.VersionTLS12, tls.RequireAnyClientCert)
	tls13, _ := webServer(t, tls.VersionTLS13, tls.RequireAnyClientCert)
	h2, _ := h2Server(t)
	// How long these messages are is the TLS library's choice: the list promises the least.
	varies := []string{stages.TLSClientHello, stages.TLSClientCertificate, stages.TLSFinished}
	for _, info := range stages.All() {
		if !info.HasMode(record.Trickle) {
			continue
		}
		servers := map[string]*wire.TLS{plain: nil}
		switch {
		case strings.HasPrefix(info.Name, "h2."):
			servers = map[string]*wire.TLS{h2.Listener.Addr().String(): {}}
		case info.NeedsTLS():
			servers = map[string]*wire.TLS{tls12: {Version: "1.2"}, tls13: {Version: "1.3"}}
		}
		for address, speak := range servers {
			t.Run(fmt.Sprintf("%s %v", info.Name, speak), func(t *testing.T) {
				t.Parallel()
				g := NewWithT(t)
				switch sent := trickledBy(t, info.Name, address, speak); {
				case info.Name == stages.HTTPResponse:
					g.Expect(sent).To(BeZero(), "it reads")
					g.Expect(info.TrickleBytes).To(Equal((smallestUnread-2*slowBuffer)/slowBite), "reads until the response is in the client's buffer")
				case slices.Contains(varies, info.Name):
					g.Expect(sent).To(BeNumerically(">=", info.TrickleBytes))
				default:
					g.Expect(sent).To(Equal(info.TrickleBytes))
				}
			})
		}
	}
}

// trickledBy takes one connection to a stage and counts the writes of its trickle.
func trickledBy(t *testing.T, name, address string, speak *wire.TLS) int {
	t.Helper()
	g := NewWithT(t)
	hold := oneHold(address, name, record.Trickle, func(h *wire.Hold) {
		h.TLS, h.Phase, h.Request.Large = speak, time.Hour, "/large"
	}).Holds[0]
	s := stageOf(hold)
	c := &client{hold: hold, stage: &s, emit: func(record.Event) {}, free: func() {}}
	defer c.close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	g.Expect(c.dial(ctx)).To(Succeed())
	if err := s.reach(c); err != nil {
		g.Expect(c.at(reaching)).To(BeFalse(), "%v", err)
	}
	writes := &countedWrites{Conn: c.conn.Conn}
	c.conn.Conn = writes
	for s.Name != stages.HTTPResponse && c.trickle != nil {
		if err := c.trickle(); err != nil {
			g.Expect(err).To(MatchError(errTrickleEnd))
			break
		}
	}
	return writes.count
}

// countedWrites counts what would be sent, and sends nothing.
type countedWrites struct {
	net.Conn
	count int
}

func (w *countedWrites) Write(p []byte) (int, error) { w.count++; return len(p), nil }
