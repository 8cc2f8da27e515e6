package attackers

import (
	"net"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

// TestSlapperWave sends the whole pattern to real servers and counts it there.
func TestSlapperWave(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	first := make(chan int, 100)
	secure := listen(t, func(conn net.Conn) {
		buf := make([]byte, 256)
		_ = conn.SetReadDeadline(time.Now().Add(800 * time.Millisecond))
		n, _ := conn.Read(buf)
		first <- n
	})
	plain, _ := webServer(t, 0, 0)
	const silent = 5
	plan := SlapperWave(plain, secure, silent, 20*time.Millisecond, 2*time.Second)
	plan.Run, plan.Target, plan.Pod = "r", "t", "p"
	g.Expect(plan.Holds).To(HaveLen(1 + silent + 4))
	s := attackWith(t, plan)
	sizes := map[int]int{}
	for range silent + 4 {
		var n int
		g.Eventually(first, 3*time.Second).Should(Receive(&n))
		sizes[n]++
	}
	hello := len(sslv2Hello())
	g.Expect(sizes).To(Equal(map[int]int{0: silent, hello / 2: 2, hello: 2}))
	begin := s.await(plan.Holds[0].ID, record.HoldConnected).T
	for i, h := range plan.Holds {
		e := s.await(h.ID, record.HoldReleased)
		g.Expect(e.Release.By).To(Equal(record.ByFIN), h.ID)
		g.Expect(time.Duration(s.await(h.ID, record.HoldConnected).T - begin)).To(BeNumerically("~", time.Duration(i)*20*time.Millisecond, 300*time.Millisecond))
	}
}
