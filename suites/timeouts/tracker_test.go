package timeouts

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/reports/record/wire"
	"stalemate/suites/plan"
)

// followed is a tracker of one cell with one hold, and an event of that hold.
func followed() (*tracker, *plan.Cell, func(record.Kind, int64) record.Event) {
	cell := &plan.Cell{Address: "edge/plain/tcp.connected/silent", Target: &target.Target{Repeat: 1},
		Plan: record.Plan{Holds: 1, Limit: &record.Limit{Kind: record.Idle, Seconds: 2, Worker: 1}}}
	id := HoldID(cell, 0)
	t := newTracker([]wire.Hold{{ID: id, Cell: cell.Address}}, []*plan.Cell{cell}, nil)
	return t, cell, func(kind record.Kind, t int64) record.Event {
		return record.Event{Kind: kind, T: t, Hold: id, Cell: cell.Address}
	}
}

func TestAReleaseThatSaysNothingIsNoRelease(t *testing.T) {
	g := NewWithT(t)
	tracker, cell, event := followed()
	tracker.hear(event(record.HoldReleased, 5))
	holds, _ := tracker.of(cell)
	g.Expect(holds[0].Failed).To(ContainSubstring("does not say how"))
	g.Expect(tracker.close(map[*plan.Cell]bool{cell: true})).To(ConsistOf(cell), "it is not waited for")
}

func TestWhatIsAbandonedIsNotHeldAgainByALateEvent(t *testing.T) {
	g := NewWithT(t)
	tracker, cell, event := followed()
	tracker.abandon("the inspector ended")
	tracker.hear(event(record.HoldConnected, 5))
	holds, _ := tracker.of(cell)
	g.Expect(holds[0].Failed).To(Equal("the inspector ended"))
	g.Expect(tracker.get(HoldID(cell, 0)).Failed).To(Equal("the inspector ended"))
}

func TestTheWorkerOfAReleasedHoldIsWaitedFor(t *testing.T) {
	g := NewWithT(t)
	tracker, cell, event := followed()
	open := map[*plan.Cell]bool{cell: true}
	released := event(record.HoldReleased, record.Now())
	released.Release = &record.Release{By: record.ByFIN}
	tracker.hear(released)
	g.Expect(tracker.close(open)).To(BeEmpty())
	tracker.hear(event(record.WorkerFreed, record.Now()))
	g.Expect(tracker.close(open)).To(ConsistOf(cell))
	holds, _ := tracker.of(cell)
	g.Expect(holds[0].Watched).To(BeNumerically(">=", holds[0].WorkerFreed))
}

// On a busy machine the inspector may look for the owner of a socket only after the server has closed it. Where certain workers were
// prepared, such a proof is none, and the cell is held again.
func TestAProofWithoutAnOwnerIsNoProofWhereWorkersWerePrepared(t *testing.T) {
	g := NewWithT(t)
	for pid, stranger := range map[int]string{0: "", 7: "process 7 serves it, which is none of the 1 workers that were prepared", 9: ""} {
		tracker, cell, event := followed()
		tracker.among = map[int]bool{9: true}
		proven := event(record.HoldProven, 5)
		proven.HoldInfo = &record.HoldInfo{PID: pid}
		tracker.hear(proven)
		holds, _ := tracker.of(cell)
		if pid == 0 {
			g.Expect(holds[0].Proven).To(BeZero())
		} else {
			g.Expect(holds[0].Proven).NotTo(BeZero())
		}
		g.Expect(holds[0].Stranger).To(Equal(stranger))
	}
}

// TestANeighbourIsHeldAndNotSpokenOf: its events are in no log, and a count of connections does not wait for it.
func TestANeighbourIsHeldAndNotSpokenOf(t *testing.T) {
	g := NewWithT(t)
	_, cell, _ := followed()
	neighbour := plan.Neighbours([]*plan.Cell{cell})[0]
	holds := []wire.Hold{{ID: HoldID(neighbour, 0), Cell: neighbour.Address}, {ID: HoldID(cell, 0), Cell: cell.Address}}
	tracker := newTracker(holds, []*plan.Cell{cell}, []*plan.Cell{neighbour})
	g.Expect(tracker.neighbour(holds[0].ID)).To(BeTrue())
	g.Expect(tracker.neighbour(holds[1].ID)).To(BeFalse())
	g.Expect(tracker.neighbours(cell)).To(HaveLen(1))
	g.Expect(tracker.notConnected()).To(Equal(1))
	tracker.hear(record.Event{Kind: record.HoldConnected, T: 5, Hold: holds[0].ID, Cell: neighbour.Address, HoldInfo: &record.HoldInfo{Local: "127.0.0.1:1", Peer: "127.0.0.1:2"}})
	g.Expect(tracker.notConnected()).To(BeZero())

	for _, h := range tracker.holds {
		h.Parked, h.Proven, h.cell.Plan.Expect, h.cell.Plan.Cap = record.Now(), record.Now(), record.Fired, 60
	}
	g.Expect(tracker.kept()).To(Equal(map[int]int{0: 1}), "the neighbour is closed before its time")
}

// TestPassersByAreKeptWhereHoldsAreKept: a server that does not see that its clients have gone keeps all of them.
func TestPassersByAreKeptWhereHoldsAreKept(t *testing.T) {
	g := NewWithT(t)
	p := passersBy{turn: []target.Listener{{Port: 80}, {Port: 443}}, came: 5}
	kept := map[int]int{80: 2}
	p.keptToo(kept)
	g.Expect(kept).To(Equal(map[int]int{80: 5}))
	g.Expect(newPassersBy(&target.Target{Capacity: 2}, []*plan.Cell{{Mode: record.Later}}).turn).To(BeEmpty(), "no room")
	g.Expect(newPassersBy(&target.Target{Capacity: 4}, []*plan.Cell{{Mode: record.Silent}}).turn).To(BeEmpty())
}
