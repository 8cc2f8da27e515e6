package attackers

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/attackers/stages"
	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// TestFinishedIsWithheld: on the server's side the handshake lacks one message, in both
// modes and versions.
func TestFinishedIsWithheld(t *testing.T) {
	t.Parallel()
	info := describe(stages.TLSFinished)
	for name, version := range map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13} {
		for _, mode := range info.Modes {
			t.Run(name+"/"+string(mode), func(t *testing.T) {
				t.Parallel()
				g := NewWithT(t)
				done := make(chan error, 1)
				cert := testCertificate(t)
				address := listen(t, func(conn net.Conn) {
					srv := tls.Server(conn, &tls.Config{MinVersion: version, MaxVersion: version, Certificates: []tls.Certificate{cert}})
					done <- srv.Handshake()
				})
				s := attackWith(t, oneHold(address, info.Name, mode, func(h *wire.Hold) {
					h.Interval = time.Millisecond
					h.TLS = &wire.TLS{Version: name}
				}))
				s.await("h", record.HoldParked)
				if mode == record.Trickle {
					e := s.await("h", record.HoldTrickled)
					g.Expect(time.Duration(e.T - s.await("h", record.HoldParked).T)).To(BeNumerically(">=", info.TrickleLasts(time.Millisecond)))
				}
				g.Consistently(done, 60*time.Millisecond).ShouldNot(Receive(), "the server must still wait")
				s.say(command{Release: "h"})
				var err error
				g.Eventually(done).Should(Receive(&err))
				g.Expect(errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)).To(BeTrue(), "%v", err)
				g.Eventually(func() *record.Event { return s.first("h", record.Observed) }).ShouldNot(BeNil())
			})
		}
	}
}
