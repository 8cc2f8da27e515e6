package inspect

import (
	"net"
	"net/netip"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"golang.org/x/sys/unix"

	"stalemate/reports/record"
)

// Watching must leave the machine to the target.
const (
	manyHolds = 400
	share     = 0.25 // of one processor; 0.037 was measured
)

func TestManyHoldsCostLittle(t *testing.T) {
	if testing.Short() {
		t.Skip("takes three seconds")
	}
	r := start(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	r.g.Expect(err).NotTo(HaveOccurred())
	defer l.Close()
	for range manyHolds {
		c, _, _ := dialPair(t, r.g, l, netip.MustParseAddrPort(l.Addr().String()))
		local, peer := ends(c)
		r.send(Command{Watch: &Watch{Hold: local.String(), Local: local, Peer: peer, ParkedT: record.Now()}})
	}
	for range manyHolds {
		r.g.Expect(r.next().Kind).To(Equal(record.HoldProven))
	}
	before := processorTime(r.g)
	began := time.Now()
	<-time.After(2 * time.Second)
	used := float64(processorTime(r.g)-before) / float64(time.Since(began))
	t.Logf("%d holds under watch take %.1f %% of a processor", manyHolds, 100*used)
	r.g.Expect(used).To(BeNumerically("<", share))
}

func processorTime(g Gomega) time.Duration {
	var u unix.Rusage
	g.Expect(unix.Getrusage(unix.RUSAGE_SELF, &u)).To(Succeed())
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkLookupOfAConnection measures one poll of one hold.
func BenchmarkLookupOfAConnection(b *testing.B) {
	g := NewWithT(b)
	d, err := NewDiag()
	g.Expect(err).NotTo(HaveOccurred())
	defer d.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	g.Expect(err).NotTo(HaveOccurred())
	defer l.Close()
	c, err := net.DialTimeout("tcp", l.Addr().String(), time.Second)
	g.Expect(err).NotTo(HaveOccurred())
	defer c.Close()
	local, peer := ends(c.(*net.TCPConn))
	for b.Loop() {
		if _, found, err := d.Lookup(peer, local); err != nil || !found {
			b.Fatal(found, err)
		}
	}
}
