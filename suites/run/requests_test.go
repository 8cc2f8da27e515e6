package run

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
	"stalemate/reports/record/wire"
)

// TestAConversationReachesTheAttackerWhole: every step, what it trickles, and that it stops reading.
func TestAConversationReachesTheAttackerWhole(t *testing.T) {
	g := NewWithT(t)
	l := target.Listener{Port: 6432, Proto: "tcp", Reach: 30 * time.Second, Settle: 50 * time.Millisecond, Conversations: []target.Conversation{
		{Name: "other", Steps: []target.Step{{Send: "x"}}, Trickle: &target.Trickle{Bytes: []byte("a")}},
		{Name: "dump", Steps: []target.Step{{Hex: "04d2"}, {ExpectHex: "5a ??"}, {Expect: "a"}, {Send: "b"}, {TLS: "upgrade"}},
			Trickle: &target.Trickle{Bytes: []byte{0xff}, Count: 7}, Unread: true}}}
	h := NewHold("192.0.2.1", &target.Target{}, l, "dump")
	g.Expect(h.Conversation).To(Equal([]wire.Step{{Hex: "04d2"}, {ExpectHex: "5a ??"}, {Expect: "a"}, {Send: "b"}, {TLS: "upgrade"}}))
	g.Expect(h.Trickles).To(Equal(&wire.Trickles{Bytes: []byte{0xff}, Count: 7}))
	g.Expect(h.Unread).To(BeTrue())
	g.Expect(h.ReachWithin).To(Equal(30 * time.Second))
	g.Expect(h.Settle).To(Equal(50 * time.Millisecond))
	g.Expect(NewHold("192.0.2.1", &target.Target{}, l, "other").Trickles).To(BeNil(), "0 bytes: it has no mode trickle")
	g.Expect(NewHold("192.0.2.1", &target.Target{}, l, "http.body").Conversation).To(BeEmpty())
}
