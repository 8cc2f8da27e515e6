package inspect

import (
	"net/netip"
	"os"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/containers/proc"
	"stalemate/reports/record"
)

func monotonicPlus(d time.Duration) int64 { return record.Now() + int64(d) }

func TestLookupIsExact(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0", "[::]:0"} {
		t.Run(address, func(t *testing.T) {
			g := NewWithT(t)
			d, err := NewDiag()
			g.Expect(err).NotTo(HaveOccurred())
			defer d.Close()
			c, _, _ := pair(t, g, address)
			local, peer := ends(c)
			s, found, err := d.Lookup(peer, local)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(found).To(BeTrue())
			g.Expect(s.State).To(Equal(Established))
			g.Expect(s.Inode).NotTo(BeZero())

			absent := netip.AddrPortFrom(local.Addr(), 1)
			_, found, err = d.Lookup(peer, absent)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(found).To(BeFalse(), "the listening socket is not the connection")
		})
	}
}

func TestSegmentsAreCounted(t *testing.T) {
	g := NewWithT(t)
	d, err := NewDiag()
	g.Expect(err).NotTo(HaveOccurred())
	defer d.Close()
	c, _, _ := pair(t, g, "127.0.0.1:0")
	local, peer := ends(c)
	count := segments(d, peer, local)
	for n := range int64(4) {
		g.Eventually(count, "1s", "5ms").Should(Equal(n))
		_, err := c.Write([]byte("several bytes"))
		g.Expect(err).NotTo(HaveOccurred())
	}
	_, err = segments(d, peer, netip.AddrPortFrom(local.Addr(), 1))()
	g.Expect(err).To(HaveOccurred(), "no figure is not zero")
}

func TestV4OnADualStackListener(t *testing.T) {
	g := NewWithT(t)
	d, err := NewDiag()
	g.Expect(err).NotTo(HaveOccurred())
	defer d.Close()
	_, _, l := pair(t, g, "[::]:0")
	port := netip.MustParseAddrPort(l.Addr().String()).Port()
	c, _, _ := dialPair(t, g, l, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port))
	local, peer := ends(c)
	s, found, err := d.Lookup(peer, local)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(found).To(BeTrue())
	g.Expect(s.Inode).NotTo(BeZero())
}

func TestEstablishedListsInodes(t *testing.T) {
	g := NewWithT(t)
	d, err := NewDiag()
	g.Expect(err).NotTo(HaveOccurred())
	defer d.Close()
	c, _, _ := pair(t, g, "127.0.0.1:0")
	local, peer := ends(c)
	s, _, err := d.Lookup(peer, local)
	g.Expect(err).NotTo(HaveOccurred())
	all, err := d.Established()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(all).To(HaveKey(s.Inode))
	_, found, err := d.Lookup(peer, local)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(found).To(BeTrue(), "a dump leaves no unread answer on the socket")
	owners, err := proc.Owners(proc.Root, map[uint64]bool{s.Inode: true})
	if err != nil {
		g.Expect(err).To(MatchError(proc.ErrHidden))
	}
	g.Expect(owners[s.Inode]).To(ConsistOf(HaveField("PID", os.Getpid())))
}

func BenchmarkLookup(b *testing.B) {
	g := NewWithT(b)
	d, err := NewDiag()
	g.Expect(err).NotTo(HaveOccurred())
	defer d.Close()
	l, s := netip.MustParseAddrPort("127.0.0.1:1"), netip.MustParseAddrPort("127.0.0.1:2")
	for b.Loop() {
		if _, _, err := d.Lookup(l, s); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzParseDiag(f *testing.F) {
	f.Add([]byte{16, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0})
	f.Add(make([]byte, 100))
	f.Fuzz(func(_ *testing.T, b []byte) { _, _, _ = ParseDiag(b) })
}

func FuzzParseCommand(f *testing.F) {
	f.Add([]byte(`{"watch":{"hold":"a","local":"127.0.0.1:1","peer":"127.0.0.1:2"}}`))
	f.Add([]byte(`{"sample":{"pid":1,"at":[1]}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := ParseCommand(b); err == nil && c.Watch != nil && !c.Watch.Local.IsValid() {
			t.Fatal("a watch without an end was accepted")
		}
	})
}

func FuzzParseNet(f *testing.F) {
	f.Add([]byte("Tcp: ActiveOpens PassiveOpens CurrEstab\nTcp: 1 2 3\nTcpExt: ListenOverflows ListenDrops\nTcpExt: 4 5\n"))
	f.Fuzz(func(_ *testing.T, b []byte) { _, _ = ParseNet(b) })
}
