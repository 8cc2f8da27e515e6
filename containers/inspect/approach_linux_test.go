package inspect

import (
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"golang.org/x/sys/unix"

	"stalemate/reports/record"
)

// A connection is watched from the moment of connecting, so its proof has the time at which the server read, however late
// the inspector hears that the client has reached its stage.
func TestTheProofHasTheTimeOfTheRead(t *testing.T) {
	r := start(t)
	c, s, _ := pair(t, r.g, "127.0.0.1:0")
	local, peer := ends(c)
	r.send(Command{Watch: &Watch{Hold: "h", Local: local, Peer: peer}})
	_, err := c.Write([]byte("abc"))
	r.g.Expect(err).NotTo(HaveOccurred())
	parked := record.Now()
	_, err = io.ReadFull(s, make([]byte, 3))
	r.g.Expect(err).NotTo(HaveOccurred())
	r.g.Consistently(r.events, "600ms").ShouldNot(Receive(), "nobody has said how much the client sends")
	r.send(Command{Parked: &Parked{Hold: "h", Sent: 3, T: parked}})
	proven := r.next()
	r.g.Expect(proven.Kind).To(Equal(record.HoldProven))
	r.g.Expect(time.Duration(proven.T-parked)).To(BeNumerically("<", 300*time.Millisecond), "and not when the inspector was told")
	r.g.Expect(proven.HoldInfo.Queue).To(BeEmpty())
}

// A connection that waits for the server waits in one of three places, and the inspector says in which.
func TestAConnectionThatWaitsForTheServer(t *testing.T) {
	queued := func(r *running, deferAccept int, send string) record.Event {
		l := deferring(t, r.g, deferAccept)
		c, err := net.DialTimeout("tcp", l.Addr().String(), 2*time.Second)
		r.g.Expect(err).NotTo(HaveOccurred())
		t.Cleanup(func() { c.Close() })
		_, err = io.WriteString(c, send)
		r.g.Expect(err).NotTo(HaveOccurred())
		local, peer := ends(c.(*net.TCPConn))
		r.send(Command{Watch: &Watch{Hold: "h", Local: local, Peer: peer}})
		r.send(Command{Parked: &Parked{Hold: "h", Sent: uint64(len(send)), T: record.Now()}})
		return r.next()
	}
	t.Run("deferred", func(t *testing.T) {
		r := start(t)
		e := queued(r, 30, "")
		r.g.Expect(e.Kind).To(Equal(record.HoldQueued))
		r.g.Expect(e.HoldInfo.Queue).To(Equal(record.Deferred))
	})
	t.Run("in the backlog", func(t *testing.T) {
		r := start(t)
		e := queued(r, 0, "abc")
		r.g.Expect(e.Kind).To(Equal(record.HoldQueued))
		r.g.Expect(e.HoldInfo.Queue).To(Equal(record.Backlog))
	})
	t.Run("accepted and unread, and then read", func(t *testing.T) {
		r := start(t)
		c, s, _ := pair(t, r.g, "127.0.0.1:0")
		_, err := c.Write([]byte("abc"))
		r.g.Expect(err).NotTo(HaveOccurred())
		local, peer := ends(c)
		r.send(Command{Watch: &Watch{Hold: "h", Local: local, Peer: peer, Sent: 3, ParkedT: record.Now()}})
		e := r.next()
		r.g.Expect(e.Kind).To(Equal(record.HoldQueued))
		r.g.Expect(e.HoldInfo.Queue).To(Equal(record.Unread))
		r.g.Expect(e.HoldInfo.PID).NotTo(BeZero())
		_, err = io.ReadFull(s, make([]byte, 3))
		r.g.Expect(err).NotTo(HaveOccurred())
		proven := r.next()
		r.g.Expect(proven.Kind).To(Equal(record.HoldProven))
		r.g.Expect(proven.HoldInfo.Queue).To(Equal(record.Unread))
		r.g.Expect(proven.HoldInfo.QueueT).To(BeNumerically(">=", e.T))
	})
}

// deferring is a listener that hears of connections when a byte comes, or never, where that option is not 0.
func deferring(t *testing.T, g Gomega, seconds int) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { l.Close() })
	raw, err := l.(*net.TCPListener).SyscallConn()
	g.Expect(err).NotTo(HaveOccurred())
	var opt error
	g.Expect(raw.Control(func(fd uintptr) { opt = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_DEFER_ACCEPT, seconds) })).To(Succeed())
	g.Expect(opt).NotTo(HaveOccurred())
	return l
}

// What a client that does not read cannot see, the server's socket shows: its last write, and its FIN behind unread data.
func TestTheLastWriteAndTheFINOfAnUnreadResponse(t *testing.T) {
	r := start(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	r.g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { l.Close() })
	c, s, _ := dialPair(t, r.g, l, netip.MustParseAddrPort(l.Addr().String()))
	local, peer := ends(c)
	r.send(Command{Watch: &Watch{Hold: "h", Local: local, Peer: peer, ParkedT: record.Now(), Unread: true}})
	r.g.Expect(r.next().Kind).To(Equal(record.HoldProven))
	r.g.Consistently(r.events, "150ms").ShouldNot(Receive(), "nothing is written")
	began := record.Now()
	_, err = s.Write(make([]byte, 1000))
	r.g.Expect(err).NotTo(HaveOccurred())
	wrote := r.next()
	r.g.Expect(wrote.Kind).To(Equal(record.HoldWrote))
	r.g.Expect(wrote.HoldInfo.WroteT).To(BeNumerically("<=", began))
	r.g.Expect(wrote.T).To(BeNumerically(">=", began))
	buf := make([]byte, 100)
	_, err = io.ReadFull(c, buf)
	r.g.Expect(err).NotTo(HaveOccurred())
	r.g.Consistently(r.events, "200ms").ShouldNot(Receive(), "the client's read is no write")
	r.g.Expect(s.CloseWrite()).To(Succeed())
	r.g.Expect(r.next().Kind).To(Equal(record.SocketShut), "and a FIN is no write")
	s.Close()
	r.g.Expect(r.next().Kind).To(Equal(record.WorkerFreed))
}
