package attackers

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// TestBytesThatNoTextHolds speaks to a server whose answers are no UTF-8.
func TestBytesThatNoTextHolds(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	got := make(chan []byte, 2)
	address := listen(t, func(conn net.Conn) {
		request := make([]byte, 8)
		if _, err := io.ReadFull(conn, request); err != nil {
			return
		}
		got <- request
		_, _ = conn.Write([]byte{0x80, 0xff, 0x05, 0xff, 0x06, 0xfe, 'x'})
		more := make([]byte, 1)
		_, _ = io.ReadFull(conn, more)
		got <- more
		_, _ = io.Copy(io.Discard, conn)
	})
	s := attackWith(t, oneHold(address, "ssl-request", record.Silent, func(h *wire.Hold) {
		h.Conversation = []wire.Step{{Hex: "00 00 00 08 04 d2 16 2f"}, {ExpectHex: "ff ?? FE"}, {Expect: "^x$"}, {Hex: "9c"}}
	}))
	s.await("h", record.HoldParked)
	g.Expect(<-got).To(Equal([]byte{0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f}))
	g.Expect(<-got).To(Equal([]byte{0x9c}))

	s = attackWith(t, oneHold(address, "ssl-request", record.Silent, func(h *wire.Hold) {
		h.Conversation, h.ReachWithin = []wire.Step{{Hex: "0000000804d2162f"}, {ExpectHex: "80 ?? 06"}}, 500*time.Millisecond
	}))
	g.Expect(s.await("h", record.HoldFailed).Note).To(ContainSubstring(`step 2 with ` + address + `: expect_hex "80 ?? 06": got "\x80\xff\x05`))
}

// TestVariablesDifferForEachHold has the server answer with a line that the client must repeat.
func TestVariablesDifferForEachHold(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	lines := make(chan string, 10)
	address := listen(t, func(conn net.Conn) {
		_, _ = io.WriteString(conn, "+OK <17@pop.test>\r\n")
		r := bufio.NewReader(conn)
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			lines <- line
		}
	})
	plan := oneHold(address, "apop", record.Silent, func(h *wire.Hold) {
		h.Conversation = []wire.Step{{Expect: `^\+OK (?P<stamp><[^>]+>)`}, {Send: "${hold} ${random} ${random} ${stamp} ${other} $x\n"}}
	})
	second := plan.Holds[0]
	second.ID = "i"
	plan.Holds = append(plan.Holds, second)
	s := attackWith(t, plan)
	s.await("h", record.HoldParked)
	s.await("i", record.HoldParked)
	form := `^([0-9a-f]{8}) ([0-9a-f]{8}) ([0-9a-f]{8}) <17@pop\.test> \$\{other\} \$x\n$`
	first, other := <-lines, <-lines
	g.Expect(first).To(MatchRegexp(form))
	g.Expect(other).To(MatchRegexp(form))
	g.Expect(first[:8]).NotTo(Equal(other[:8]), "hold")
	g.Expect(first[9:17]).NotTo(Equal(other[9:17]), "random")
	g.Expect(first[9:17]).To(Equal(first[18:26]), "one value for a connection")
}

// TestAConversationTricklesItsOwnBytes has the server count them.
func TestAConversationTricklesItsOwnBytes(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	got := make(chan byte, 100)
	address := listen(t, func(conn net.Conn) {
		one := make([]byte, 1)
		for {
			if _, err := io.ReadFull(conn, one); err != nil {
				return
			}
			got <- one[0]
		}
	})
	s := attackWith(t, oneHold(address, "body", record.Trickle, func(h *wire.Hold) {
		h.Conversation, h.Trickles = []wire.Step{{Send: ">"}}, &wire.Trickles{Bytes: []byte{0xff, 'b'}, Count: 5}
	}))
	s.await("h", record.HoldTrickled)
	for _, want := range []byte{'>', 0xff, 'b', 0xff, 'b', 0xff} {
		g.Eventually(got, 5*time.Second).Should(Receive(Equal(want)))
	}
	g.Consistently(got, 50*time.Millisecond).ShouldNot(Receive())
}

// TestAnUnreadConversationStopsTheServer sends more than the buffers hold. The server can send it to the client that reads, and not
// to the other one, although both conversations have the same name.
func TestAnUnreadConversationStopsTheServer(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	const much = 64 << 20
	address := func(wrote chan<- error, within time.Duration) string {
		return listen(t, func(conn net.Conn) {
			if _, err := io.ReadFull(conn, make([]byte, len("dump\n"))); err != nil {
				return
			}
			_ = conn.SetWriteDeadline(time.Now().Add(within))
			_, err := io.Copy(conn, io.LimitReader(zeros{}, much))
			wrote <- err
		})
	}
	read, unread := make(chan error, 1), make(chan error, 1)
	plan := oneHold(address(read, time.Minute), "dump", record.Silent, func(h *wire.Hold) { h.Conversation = []wire.Step{{Send: "dump\n"}} })
	second := plan.Holds[0]
	second.ID, second.Address, second.Unread = "u", address(unread, 2*time.Second), true
	plan.Holds = append(plan.Holds, second)
	s := attackWith(t, plan)
	g.Expect(s.await("h", record.HoldConnected).HoldInfo.Unread).To(BeFalse())
	g.Expect(s.await("u", record.HoldConnected).HoldInfo.Unread).To(BeTrue())
	g.Expect(<-unread).To(MatchError(ContainSubstring("timeout")), "the server could send everything to a client that reads nothing")
	g.Expect(<-read).NotTo(HaveOccurred())
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return copy(p, bytes.Repeat([]byte{0}, len(p))), nil }

func TestOnlyAConversationHasItsOwnTrickle(t *testing.T) {
	g := NewWithT(t)
	hold := oneHold("127.0.0.1:1", "http.headers", record.Trickle, noChange).Holds[0]
	g.Expect(checkHold(hold)).To(Succeed())
	hold.Unread = true
	g.Expect(checkHold(hold)).To(MatchError(ContainSubstring("http.headers is no conversation")))
	hold.Stage, hold.Conversation = "dump", []wire.Step{{Send: "x"}}
	g.Expect(checkHold(hold)).To(Succeed())
	hold.Trickles = &wire.Trickles{Bytes: []byte("a")}
	g.Expect(checkHold(hold)).To(MatchError(ContainSubstring("it trickles 0 bytes")))
}
