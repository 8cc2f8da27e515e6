package record

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestPodsThatFailForOneReasonAreOneProblem(t *testing.T) {
	g := NewWithT(t)
	failed := func(target, pod, why string) Event {
		return Event{Run: "r", T: 2, Kind: PodFailed, Target: target, Pod: pod, Note: why}
	}
	problems := func(stopped string) []string {
		return Summarise([]Event{{Run: "r", T: 1, Kind: RunStarted, RunInfo: &RunInfo{}}, failed("edge", "edge", "no image"), failed("edge", "edge-alone-1", "no image"),
			failed("edge", "edge-2", "connect: context canceled"), failed("shop", "shop", "no image"), {Run: "r", T: 3, Kind: RunEnded, RunInfo: &RunInfo{Stopped: stopped}}}).Problems
	}
	g.Expect(problems("")).To(Equal([]string{"edge: 2 pods (edge, edge-alone-1) did not come up: no image",
		"edge: pod edge-2 did not come up: connect: context canceled", "shop: pod shop did not come up: no image", "nothing was tested"}))
	g.Expect(problems("interrupted")).To(Equal([]string{"edge: 2 pods (edge, edge-alone-1) did not come up: no image",
		"shop: pod shop did not come up: no image", "the run was stopped: interrupted", "nothing was tested"}))
}

// A reader who sees "open at 23 s" believes that the server kept a connection for 23 s.
func TestNothingIsMeasuredWhereNothingWasHeld(t *testing.T) {
	g := NewWithT(t)
	measured := func(v Verdict, holds ...HoldResult) string {
		return (&Cell{Plan: Plan{Cap: 23}, Judgement: &Judgement{Verdict: v, Holds: holds}}).MeasuredText()
	}
	released := 3.0
	g.Expect(measured(NotApplicable, HoldResult{}, HoldResult{})).To(Equal("nothing: no connection was held at this stage"))
	g.Expect(measured(Inconclusive, HoldResult{})).To(Equal("nothing"))
	g.Expect(measured(Inconclusive, HoldResult{Released: &released}, HoldResult{})).To(Equal("3.0 s; nothing (1 of 2)"))
	g.Expect(measured(Never, HoldResult{By: ByNothing}, HoldResult{By: ByNothing})).To(Equal("open at 23 s (2 of 2)"))
	g.Expect(measured(Never, HoldResult{})).To(Equal("open at 23 s (1 of 1)"), "a wave")
	zero, end := 0.0, 23.0
	g.Expect((&Hold{Connected: &zero, Watched: &end, NotApplicable: "the server closes after each response"}).Lasted()).To(BeZero())
}
