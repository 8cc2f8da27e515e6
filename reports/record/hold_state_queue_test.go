package record

import (
	"testing"

	. "github.com/onsi/gomega"
)

// What the inspector tells of a connection that waits, and of an unread response, stands in the hold and in the summary.
func TestAHoldThatWaitsAndAnUnreadResponse(t *testing.T) {
	g := NewWithT(t)
	events := []Event{
		attackers()[0],
		told(HoldParked, 20, info(HoldInfo{LastT: 19, StoodT: 12})),
		told(HoldQueued, 30, info(HoldInfo{Queue: Backlog, QueueT: 30})),
		told(HoldProven, 45, info(HoldInfo{PID: 7, Inode: 9, Queue: Unread, QueueT: 40})),
		told(HoldWrote, 50, info(HoldInfo{WroteT: 48})),
		told(SocketShut, 60, info(HoldInfo{PID: 7, Inode: 9})),
	}
	h := heard(t, events)
	g.Expect(h).To(And(HaveField("Stood", int64(12)), HaveField("Queue", Unread), HaveField("QueueT", int64(40)),
		HaveField("WroteAfter", int64(48)), HaveField("Wrote", int64(50)), HaveField("Shut", int64(60)), HaveField("LastByte", int64(19))))
	at, by := h.Ended()
	g.Expect(at).To(Equal(int64(60)))
	g.Expect(by).To(Equal(BySocketShut), "the client cannot see the FIN behind unread data")
	g.Expect(h.Over()).To(BeFalse(), "the attacker has not told")

	planned := Event{T: 1, Kind: CellPlanned, Target: "edge", Cell: events[0].Cell, Plan: &Plan{Suite: "timeouts"}}
	s := Summarise(append([]Event{planned}, events...))
	g.Expect(s.Problems).NotTo(ContainElement(ContainSubstring("unknown kind")))
	g.Expect(*s.Targets[0].Suites[0].Cells[0].Holds[0]).To(And(HaveField("Queue", Unread), HaveField("Shut", Not(BeNil())), HaveField("Wrote", Not(BeNil()))))
}
