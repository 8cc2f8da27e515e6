package attackers

import (
	"net"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/attackers/stages"
	"stalemate/reports/record"
)

// TestSSLv2HelloIsWithheld parks inside the message, in both modes, at a server that waits
// for the rest.
func TestSSLv2HelloIsWithheld(t *testing.T) {
	t.Parallel()
	for _, mode := range describe(stages.TLSSSLv2Hello).Modes {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			total := make(chan int, 1)
			address := listen(t, func(conn net.Conn) {
				_ = conn.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
				sum, buf := 0, make([]byte, 256)
				for {
					n, err := conn.Read(buf)
					sum += n
					if err != nil {
						total <- sum
						return
					}
				}
			})
			s := attackWith(t, oneHold(address, "tls.sslv2-hello", mode, noChange))
			s.await("h", record.HoldReleased)
			want := map[record.Mode]int{record.Silent: len(sslv2Hello()) / 2, record.Trickle: len(sslv2Hello()) - 1}
			g.Expect(<-total).To(Equal(want[mode]))
		})
	}
}
