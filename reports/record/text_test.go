package record

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestTexts(t *testing.T) {
	g := NewWithT(t)
	plan := Plan{Limit: &Limit{Kind: Idle, Seconds: 3, TooEarly: 0.25, TooLate: 0.5, Granularity: 1, By: "KeepAliveTimeout", Source: "a.conf:3"}, Cap: 11, Expect: Fired}
	g.Expect(plan.Expected()).To(Equal("idle 3 s, -0.25 s +0.5 s, granularity 1 s"))
	g.Expect(plan.SetBy()).To(Equal("KeepAliveTimeout (a.conf:3)"))
	g.Expect(Plan{Expect: Never, Cap: 20}.Expected()).To(Equal("never: no limit, watched for 20 s"))
	three, soon := 3.04, 0.011
	cell := &Cell{Address: "e/t/s/silent", Plan: plan, Judgement: &Judgement{Holds: []HoldResult{
		{Released: &three, By: ByFIN, Worker: &soon}, {By: ByNothing, WorkerKept: true}, {By: ByNothing}}}}
	g.Expect(cell.MeasuredText()).To(Equal("3.0 s; open at 11 s (2 of 3)"))
	for verdict, measured := range map[Verdict]string{NotApplicable: "nothing: no connection was held at this stage", NotRun: "nothing", Inconclusive: "nothing",
		Never: "open at 11 s (2 of 2)"} {
		nothing := &Cell{Plan: plan, Judgement: &Judgement{Verdict: verdict, Holds: []HoldResult{{}, {}}}}
		g.Expect(nothing.MeasuredText()).To(Equal(measured), "nothing was open where nothing was held")
	}
	g.Expect(cell.ReleasedText()).To(Equal("fin (1), nothing (2), worker kept (1 of 2)"))
	cell.Plan.File = "my targets/it's.yaml"
	g.Expect(cell.Again()).To(Equal(`stalemate check -f 'my targets/it'\''s.yaml' --only e/t/s/silent`))
	cell.Plan.Canary = true
	g.Expect(cell.Again()).To(BeEmpty(), "its file is in the program")
}

func TestSecondsAreForPeople(t *testing.T) {
	g := NewWithT(t)
	twentieth := 23 * 0.05 // 1.1500000000000001
	g.Expect(Seconds(twentieth)).To(Equal("1.15 s"))
	g.Expect(Seconds(10)).To(Equal("10 s"))
}
