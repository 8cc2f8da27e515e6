package timeouts

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/verdict"
)

// TestALookAheadOfTheDeadlineIsAheadOfTheServersClock: the proof of a hold comes late on a loaded machine, and
// puts off what is judged; a look between the server's own deadline and ours would find that no timer runs.
func TestALookAheadOfTheDeadlineIsAheadOfTheServersClock(t *testing.T) {
	g := NewWithT(t)
	const second = int64(1e9)
	keepAlive := &plan.Cell{Mode: record.Silent, Plan: record.Plan{Expect: record.Never, Limit: &record.Limit{Kind: record.Idle, Seconds: 2}}}
	held := tracked{cell: keepAlive, Hold: verdict.Hold{HoldState: record.HoldState{Connected: 100 * second, LastByte: 101 * second, Parked: 101*second + 1, Proven: 102 * second}}}
	p := autopsyPlan(held, deadline(&held))
	g.Expect(p.Deadline).To(Equal(104 * second))
	g.Expect(p.Earliest).To(Equal(103 * second))
	g.Expect(p.Lead).To(Equal(1.5))

	handshake := &plan.Cell{Mode: record.Silent, Plan: record.Plan{Expect: record.Fired, Limit: &record.Limit{Kind: record.Absolute, Seconds: 4}}}
	held.cell = handshake
	g.Expect(autopsyPlan(held, deadline(&held)).Earliest).To(Equal(104*second), "counted from the connection")
}

// Under a policy of 30 s a hold is watched for 36.5 s. Half of the limit after the deadline nobody holds it any more.
func TestTheSecondLookComesBeforeTheCap(t *testing.T) {
	g := NewWithT(t)
	const second = int64(1e9)
	cell := &plan.Cell{Mode: record.Silent, Plan: record.Plan{Expect: record.Fired, Cap: 36.5, Limit: &record.Limit{Kind: record.Absolute, Seconds: 30, TooLate: 1.5}}}
	held := tracked{cell: cell, Hold: verdict.Hold{HoldState: record.HoldState{Connected: 100 * second, Parked: 100 * second, Proven: 100 * second}}}
	g.Expect(autopsyPlan(held, deadline(&held)).Margin).To(BeNumerically("~", 6.2, 1e-9))
	cell.Plan.Cap = 60
	g.Expect(autopsyPlan(held, deadline(&held)).Margin).To(Equal(15.0))
	cell.Plan.Cap = 31
	g.Expect(autopsyPlan(held, deadline(&held)).Margin).To(Equal(15.0), "there is no second look: the limit may still fire when the hold ends")
}

func TestTheCauseIsUnknownIfALookIsMissing(t *testing.T) {
	g := NewWithT(t)
	hold := func(s record.HoldState) verdict.Hold { return verdict.Hold{HoldState: s} }
	kept := []verdict.Hold{hold(record.HoldState{Proven: 1}), hold(record.HoldState{Proven: 1})}
	g.Expect(causeUnknown(kept, []*record.Autopsy{{Class: "restarted"}, {Class: "restarted"}})).To(BeFalse())
	g.Expect(causeUnknown(kept, []*record.Autopsy{{Class: "restarted"}, {Class: "unknown"}})).To(BeTrue())
	g.Expect(causeUnknown(kept, []*record.Autopsy{{Class: "restarted"}})).To(BeTrue(), "one of two was looked into")
	g.Expect(causeUnknown([]verdict.Hold{hold(record.HoldState{Failed: "refused"})}, nil)).To(BeFalse())
}
