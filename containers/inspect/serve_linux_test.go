package inspect

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

// running is a Serve with both its ends.
type running struct {
	t      *testing.T
	g      Gomega
	in     *io.PipeWriter
	events chan record.Event
	done   chan error
}

func start(t *testing.T) *running {
	t.Helper()
	g := NewWithT(t)
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	r := &running{t: t, g: g, in: inW, events: make(chan record.Event, 10000), done: make(chan error, 1)}
	go func() {
		r.done <- Serve(context.Background(), inR, outW)
		outW.Close()
	}()
	go func() {
		defer close(r.events)
		for lines := bufio.NewScanner(outR); lines.Scan(); {
			var e record.Event
			if json.Unmarshal(lines.Bytes(), &e) == nil {
				r.events <- e
			}
		}
	}()
	t.Cleanup(func() {
		inW.Close()
		g.Eventually(r.done, "2s").Should(Receive(BeNil()), "Serve ends at the end of its input")
	})
	return r
}

func (r *running) send(c Command) {
	r.t.Helper()
	line, err := json.Marshal(c)
	r.g.Expect(err).NotTo(HaveOccurred())
	_, err = r.in.Write(append(line, '\n'))
	r.g.Expect(err).NotTo(HaveOccurred())
}

func (r *running) next() record.Event {
	r.t.Helper()
	var e record.Event
	r.g.Eventually(r.events, "3s").Should(Receive(&e))
	return e
}

// pair is a connection over loopback: the attacker's end and the server's.
func pair(t *testing.T, g Gomega, address string) (client, server *net.TCPConn, l net.Listener) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { l.Close() })
	return dialPair(t, g, l, netip.MustParseAddrPort(l.Addr().String()))
}

// dialPair is a connection to a listener by the given address.
func dialPair(t *testing.T, g Gomega, l net.Listener, to netip.AddrPort) (client, server *net.TCPConn, _ net.Listener) {
	t.Helper()
	c, err := net.DialTimeout("tcp", to.String(), 2*time.Second)
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { c.Close() })
	s, err := l.Accept()
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { s.Close() })
	return c.(*net.TCPConn), s.(*net.TCPConn), l
}

func ends(c *net.TCPConn) (local, peer netip.AddrPort) {
	return c.LocalAddr().(*net.TCPAddr).AddrPort(), c.RemoteAddr().(*net.TCPAddr).AddrPort()
}

func TestWatchFollowsTheServersEnd(t *testing.T) {
	r := start(t)
	c, s, _ := pair(t, r.g, "127.0.0.1:0")
	local, peer := ends(c)
	_, err := c.Write([]byte("abc"))
	r.g.Expect(err).NotTo(HaveOccurred())
	r.send(Command{Watch: &Watch{Hold: "h#1", Cell: "cell", Local: local, Peer: peer, Sent: 3, ParkedT: record.Now()}})
	r.g.Consistently(r.events, "200ms").ShouldNot(Receive(), "bytes that are not read prove nothing")
	_, err = io.ReadFull(s, make([]byte, 3))
	r.g.Expect(err).NotTo(HaveOccurred())

	proven := r.next()
	r.g.Expect(proven.Kind).To(Equal(record.HoldProven))
	r.g.Expect(proven.Hold).To(Equal("h#1"))
	r.g.Expect(proven.Cell).To(Equal("cell"))
	r.g.Expect(proven.HoldInfo.Inode).NotTo(BeZero())
	r.g.Expect(proven.HoldInfo.PID).To(Equal(os.Getpid()))

	r.send(Command{Owner: &HoldRef{"h#1"}})
	r.g.Expect(r.next().HoldInfo.PID).To(Equal(os.Getpid()))

	r.send(Command{Fast: &HoldRef{"h#1"}})
	s.Close()
	freed := r.next()
	r.g.Expect(freed.Kind).To(Equal(record.WorkerFreed))
	r.g.Expect(freed.Release.By).To(Equal(record.BySocketGone))
	r.g.Expect(freed.Release.Detail).To(Equal("FIN-WAIT-2, no owner"))
	r.g.Expect(freed.HoldInfo.PID).To(Equal(os.Getpid()))
	r.g.Expect(freed.T - freed.HoldInfo.SeenT).To(BeNumerically("<", int64(150*time.Millisecond)))
}

func TestAShutdownDoesNotFreeTheWorker(t *testing.T) {
	r := start(t)
	c, s, _ := pair(t, r.g, "[::1]:0")
	local, peer := ends(c)
	r.send(Command{Watch: &Watch{Hold: "h", Local: local, Peer: peer, ParkedT: record.Now()}})
	r.g.Expect(r.next().Kind).To(Equal(record.HoldProven))
	r.g.Expect(s.CloseWrite()).To(Succeed())
	c.Close() // the socket goes to TIME-WAIT; the process still holds its descriptor
	r.g.Consistently(r.events, "300ms").ShouldNot(Receive(), "the descriptor is still open")
	s.Close()
	r.g.Expect(r.next().Kind).To(Equal(record.WorkerFreed))
}

func TestASocketThatNobodyAccepted(t *testing.T) {
	r := start(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	r.g.Expect(err).NotTo(HaveOccurred())
	c, err := net.DialTimeout("tcp", l.Addr().String(), 2*time.Second)
	r.g.Expect(err).NotTo(HaveOccurred())
	defer c.Close()
	local, peer := ends(c.(*net.TCPConn))
	r.send(Command{Watch: &Watch{Hold: "h", Local: local, Peer: peer, ParkedT: record.Now()}})
	r.g.Consistently(r.events, "200ms").ShouldNot(Receive(), "it has no owner, and was not closed")
	l.Close()
	freed := r.next()
	r.g.Expect(freed.Kind).To(Equal(record.WorkerFreed))
	r.g.Expect(freed.Release.Detail).To(ContainSubstring("never seen owned"))
}

func TestCountersAndWorkers(t *testing.T) {
	r := start(t)
	r.send(Command{Passive: &Passive{}})
	before := r.next()
	pair(t, r.g, "127.0.0.1:0")
	r.send(Command{Passive: &Passive{}})
	after := r.next()
	r.g.Expect(after.Net.PassiveOpens).To(BeNumerically(">", before.Net.PassiveOpens))

	r.send(Command{Workers: &Workers{Main: os.Getpid()}})
	workers := r.next().Workers
	// After the PIDs have wrapped around, a thread may have a lower number than its process.
	i := slices.IndexFunc(workers, func(w record.Worker) bool { return w.TID == os.Getpid() })
	r.g.Expect(i).To(BeNumerically(">=", 0))
	r.g.Expect(workers[i].PID).To(Equal(os.Getpid()))
	r.g.Expect(workers[i].Established).To(BeNumerically(">=", 2))
}

func TestSamplesAreTakenAtTheirTimes(t *testing.T) {
	r := start(t)
	var at int64
	for _, d := range []time.Duration{50 * time.Millisecond, 120 * time.Millisecond} {
		at = monotonicPlus(d)
		r.send(Command{Sample: &SampleAt{PID: os.Getpid(), At: []int64{at}}})
		e := r.next()
		r.g.Expect(e.Sample).NotTo(BeNil(), e.Error)
		r.g.Expect(e.Sample.At).To(Equal(at))
		r.g.Expect(e.T - at).To(BeNumerically("~", 0, int64(40*time.Millisecond)))
	}
}

func TestInvalidCommandsAreAnsweredWithAnError(t *testing.T) {
	r := start(t)
	for _, line := range []string{`{`, `{}`, `{"watch":{},"passive":{}}`, `{"watch":{"hold":"x"}}`, `{"nonsense":1}`, `{"passive":{}}{}`} {
		_, err := r.in.Write([]byte(line + "\n"))
		r.g.Expect(err).NotTo(HaveOccurred())
		r.g.Expect(r.next().Error).NotTo(BeEmpty(), line)
	}
	r.send(Command{Owner: &HoldRef{"nobody"}})
	r.g.Expect(r.next().Error).To(ContainSubstring("no such hold"))
}
