package attackers

import (
	"io"
	"net"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// handingOver is a server that hands a silent connection over after that time, as sslh does. It never closes it.
func handingOver(t *testing.T, after time.Duration) string {
	return listen(t, func(conn net.Conn) {
		_ = conn.SetReadDeadline(time.Now().Add(after))
		_, _ = io.Copy(io.Discard, conn)
		_ = conn.SetReadDeadline(time.Time{})
		_, _ = io.WriteString(conn, "SSH-")
		_, _ = io.WriteString(conn, "2.0-behind\r\n")
		_, _ = io.Copy(io.Discard, conn)
	})
}

func TestWhatTheServerSaysReleasesAHold(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	const after = 300 * time.Millisecond
	s := attackWith(t, oneHold(handingOver(t, after), "tcp.connected", record.Silent, func(h *wire.Hold) { h.ReleasedBy = "^SSH-2.0-[a-z]" }))
	e := s.await("h", record.HoldReleased)
	g.Expect(e.Release.By).To(Equal(record.BySaid))
	g.Expect(e.Release.Detail).To(Equal("SSH-2.0-b"))
	g.Expect(time.Duration(e.T - s.await("h", record.HoldConnected).T)).To(BeNumerically(">=", after))
}

// TestOtherWordsReleaseNothing: without released_by, and with one that the server does not say.
func TestOtherWordsReleaseNothing(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	address := handingOver(t, 100*time.Millisecond)
	plan := oneHold(address, "tcp.connected", record.Silent, func(h *wire.Hold) { h.Watch = 500 * time.Millisecond })
	other := plan.Holds[0]
	other.ID, other.ReleasedBy = "o", "^HTTP"
	plan.Holds = append(plan.Holds, other)
	s := attackWith(t, plan)
	g.Expect(s.await("h", record.HoldReleased).Release.By).To(Equal(record.ByNothing))
	g.Expect(s.await("o", record.HoldReleased).Release.By).To(Equal(record.ByNothing))
}

func TestAStageThatHearsNoTextHasNoReleasedBy(t *testing.T) {
	g := NewWithT(t)
	for _, stage := range []string{"http.response", "h2.idle"} {
		hold := oneHold("127.0.0.1:1", stage, record.Silent, func(h *wire.Hold) { h.ReleasedBy = "x" }).Holds[0]
		g.Expect(checkHold(hold)).To(MatchError(ContainSubstring("does not listen to text")), stage)
	}
	hold := oneHold("127.0.0.1:1", "tcp.connected", record.Silent, func(h *wire.Hold) { h.ReleasedBy = "(" }).Holds[0]
	g.Expect(checkHold(hold)).To(MatchError(ContainSubstring("released_by")))
}
