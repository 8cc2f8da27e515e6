package verdict_test

import (
	"fmt"
	"slices"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

// showing is one judgement of one cell in one run.
type showing struct {
	verdict  record.Verdict
	status   record.Status
	measured []float64
	severity record.Severity
	waiver   string
	message  string
}

func fired(times ...float64) showing {
	return showing{verdict: record.Fired, status: record.Passed, measured: times}
}

func never() showing {
	return showing{verdict: record.Never, status: record.Failed, measured: []float64{-1}, severity: record.High}
}

var limited = record.Plan{Suite: "timeouts", Expect: record.Fired, Cap: 30,
	Limit: &record.Limit{Kind: record.Absolute, Seconds: 10, By: "client_header_timeout"}}

// comparedLog is a comparison with one cell, judged once in each pod of a side.
func comparedLog(plan record.Plan, before, after []showing) []record.Event {
	events := []record.Event{{Run: "r", T: 1, Kind: record.RunStarted, RunInfo: &record.RunInfo{FailOn: record.High}}}
	for side, outcomes := range map[record.Side][]showing{record.Baseline: before, record.Candidate: after} {
		for i, one := range outcomes {
			own := plan
			own.Side, own.Repeat, own.File, own.Overrides = side, i+1, "edge.yaml", []string{"--image", "edge:1", "--policy", "fleet.yaml"}
			target := fmt.Sprintf("edge.%s-%d", side, i+1)
			events = append(events, judged(target, own, one, map[record.Side]string{record.Baseline: "1f2e", record.Candidate: "9a0c"}[side])...)
		}
	}
	return append(events, record.Event{Run: "r", T: 30e9 + 1, Kind: record.RunEnded, RunInfo: &record.RunInfo{}})
}

func judged(target string, plan record.Plan, one showing, digest string) []record.Event {
	cell := target + "/tls/tls.client-hello/trickle"
	event := func(kind record.Kind) record.Event {
		return record.Event{Run: "r", T: 1, Kind: kind, Target: target, Cell: cell}
	}
	planned, image, owned, told := event(record.CellPlanned), event(record.ImageReady), event(record.HoldProven), event(record.CellJudged)
	planned.Plan = &plan
	image.Cell, image.Image = "", &record.Image{Ref: "edge:1", ID: "sha256:" + digest, Digest: "sha256:" + digest, Version: "1.2"}
	owned.Hold, owned.HoldInfo = cell+"#1", &record.HoldInfo{PID: 31}
	told.Verdict = &record.Judgement{Verdict: one.verdict, Status: one.status, Holds: results(one.measured), Severity: one.severity, Waiver: one.waiver, Message: one.message}
	return []record.Event{planned, image, owned, told}
}

// compared is what the log of a comparison says once its outcomes are in it.
func compared(t *testing.T, events []record.Event) record.Summary {
	t.Helper()
	events = append(slices.Clone(events), verdict.Outcomes(events)...)
	for _, run := range record.Runs(events) {
		if record.Compares(run) {
			return record.Summarise(run)
		}
	}
	t.Fatal("the log holds no comparison")
	return record.Summary{}
}

func late(times ...float64) showing {
	return showing{verdict: record.Late, status: record.Failed, measured: times, severity: record.Medium}
}

func repeat(n int, one showing) []showing { return slices.Repeat([]showing{one}, n) }

func TestKinds(t *testing.T) {
	unbounded := record.Plan{Suite: "timeouts", Cap: 30, Reason: "none", Expect: record.AsDeclared}
	known := record.Plan{Suite: "timeouts", Cap: 20, Expect: record.AsDeclared, Limit: &record.Limit{Kind: record.AtLeast, Seconds: 20}}
	startup := record.Plan{Suite: "startup", Scenario: "unclean-same-pid", Expect: record.Starts}
	declared := showing{verdict: record.AsDeclared, status: record.Passed, measured: []float64{-1}}
	released := showing{verdict: record.Fired, status: record.Failed, measured: []float64{10}}
	absent := showing{verdict: record.NotApplicable, status: record.Skipped}
	untold := showing{verdict: record.Inconclusive, status: record.Unknown, message: "the pod did not come up"}
	started := showing{verdict: record.Starts, status: record.Passed}
	half := showing{verdict: record.Degraded, status: record.Failed}
	slow := showing{verdict: record.Late, status: record.Failed, severity: record.Medium}
	refused := showing{verdict: record.Refuses, status: record.Failed, severity: record.Critical}
	kept := showing{verdict: record.LateWorker, status: record.Failed, measured: []float64{10}, severity: record.High}
	waived := never()
	waived.status, waived.waiver = record.Skipped, "OPS-1"
	for name, one := range map[string]struct {
		plan          record.Plan
		before, after []showing
		outcome       record.Outcome
		severity      record.Severity
		exit          int
	}{
		"the same":                     {limited, []showing{fired(10), fired(10.1)}, []showing{fired(10.1), fired(10)}, record.OutcomeSame, "", 0},
		"within a second":              {limited, []showing{fired(3)}, []showing{fired(3.99)}, record.OutcomeSame, "", 0},
		"beyond a second":              {limited, []showing{fired(3)}, []showing{fired(4.01)}, record.OutcomeChanged, record.Low, 0},
		"within a tenth":               {limited, []showing{fired(75)}, []showing{fired(67.6)}, record.OutcomeSame, "", 0},
		"beyond a tenth":               {limited, []showing{fired(75)}, []showing{fired(65)}, record.OutcomeChanged, record.Low, 0},
		"within three spreads":         {limited, []showing{fired(3), fired(4)}, []showing{fired(6), fired(6.9)}, record.OutcomeSame, "", 0},
		"beyond three spreads":         {limited, []showing{fired(3), fired(4)}, []showing{fired(7), fired(7)}, record.OutcomeChanged, record.Low, 0},
		"regressed":                    {limited, []showing{fired(10)}, []showing{never()}, record.OutcomeRegressed, record.High, 1},
		"fixed":                        {limited, []showing{never()}, []showing{fired(10)}, record.OutcomeFixed, "", 0},
		"as bad as before":             {limited, []showing{never()}, []showing{never()}, record.OutcomeSame, "", 0},
		"as late as before":            {limited, []showing{late(20)}, []showing{late(20.2)}, record.OutcomeSame, "", 0},
		"later than before":            {limited, []showing{late(20)}, []showing{late(25)}, record.OutcomeChanged, record.Low, 0},
		"at the edge of the tolerance": {limited, []showing{fired(10.45), fired(10.5)}, []showing{fired(10.48), late(10.51)}, record.OutcomeSame, "", 0},
		"breaks the limit by little":   {limited, []showing{fired(10.2), fired(10.21)}, []showing{late(10.6), late(10.61)}, record.OutcomeRegressed, record.Medium, 0},
		"breaks the limit":             {limited, []showing{fired(10)}, []showing{late(25)}, record.OutcomeRegressed, record.Medium, 0},
		"keeps the limit":              {limited, []showing{late(25)}, []showing{fired(10)}, record.OutcomeFixed, "", 0},
		"bad in another way":           {limited, []showing{never()}, []showing{late(20)}, record.OutcomeChanged, record.Low, 0},
		"keeps the worker":             {limited, []showing{fired(10)}, []showing{kept}, record.OutcomeRegressed, record.High, 1},
		"kept the worker before too":   {limited, []showing{kept}, []showing{kept}, record.OutcomeSame, "", 0},
		"waived":                       {limited, []showing{fired(10)}, []showing{waived}, record.OutcomeWaived, record.High, 0},
		"not there any more":           {limited, []showing{fired(10)}, []showing{absent}, record.OutcomeChanged, record.Low, 0},
		"gained, and never ends":       {limited, repeat(5, absent), repeat(5, never()), record.OutcomeRegressed, record.High, 1},
		"gained, and keeps workers":    {limited, []showing{absent}, []showing{kept}, record.OutcomeRegressed, record.High, 1},
		"gained, and waived":           {limited, []showing{absent}, []showing{waived}, record.OutcomeWaived, record.High, 0},
		"gained, as declared":          {unbounded, []showing{absent}, []showing{declared}, record.OutcomeChanged, record.Low, 0},
		"gained, and ends":             {limited, []showing{absent}, []showing{fired(10)}, record.OutcomeChanged, record.Low, 0},
		"a start gained that refuses":  {startup, []showing{absent}, []showing{refused}, record.OutcomeRegressed, record.Critical, 1},
		"a start gained in part":       {startup, []showing{absent}, []showing{half}, record.OutcomeRegressed, record.High, 1},
		"a start became late":          {startup, []showing{started}, []showing{slow}, record.OutcomeRegressed, record.Medium, 0},
		"a start was late before too":  {startup, []showing{slow}, []showing{slow}, record.OutcomeSame, "", 0},
		"a late start became whole":    {startup, []showing{slow}, []showing{started}, record.OutcomeFixed, "", 0},
		"a late start lost a part":     {startup, []showing{slow}, []showing{half}, record.OutcomeRegressed, record.High, 1},
		"a start gained":               {startup, []showing{absent}, []showing{started}, record.OutcomeChanged, record.Low, 0},
		"in neither":                   {limited, []showing{absent}, []showing{absent}, record.OutcomeNotApplicable, "", 3},
		"repeats disagree":             {limited, []showing{fired(10), never()}, []showing{fired(10), fired(10)}, record.OutcomeInconclusive, "", 3},
		"no verdict possible":          {limited, []showing{fired(10)}, []showing{untold}, record.OutcomeInconclusive, "", 3},
		"half of the repeats told":     {limited, repeat(2, fired(10)), append(repeat(1, fired(10)), untold), record.OutcomeInconclusive, "", 3},
		"most repeats told":            {limited, repeat(3, fired(10)), append(repeat(2, fired(10)), untold), record.OutcomeSame, "", 0},
		"most repeats told never":      {limited, repeat(3, fired(10)), append(repeat(2, never()), untold), record.OutcomeRegressed, record.High, 1},
		"a weakness that is gone":      {unbounded, []showing{declared}, []showing{released}, record.OutcomeFixed, "", 0},
		"a weakness still there":       {unbounded, []showing{declared}, []showing{declared}, record.OutcomeSame, "", 0},
		"a weakness come back":         {unbounded, []showing{released}, []showing{declared}, record.OutcomeRegressed, record.High, 1},
		"nothing known, now ended":     {known, []showing{declared}, []showing{{verdict: record.Early, status: record.Failed, measured: []float64{10}}}, record.OutcomeFixed, "", 0},
		"does not start":               {startup, []showing{started}, []showing{refused}, record.OutcomeRegressed, record.Critical, 1},
		"starts in part":               {startup, []showing{started}, []showing{half}, record.OutcomeRegressed, record.High, 1},
		"starts again":                 {startup, []showing{refused}, []showing{half}, record.OutcomeFixed, "", 0},
		"starts as before":             {startup, []showing{refused}, []showing{refused}, record.OutcomeSame, "", 0},
		"a candidate that never ran":   {limited, []showing{fired(10)}, nil, record.OutcomeInconclusive, "", 3},
		"a baseline that ran less":     {limited, nil, []showing{fired(10)}, record.OutcomeInconclusive, "", 3},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			events := comparedLog(one.plan, one.before, one.after)
			if len(one.after) == 0 {
				g.Expect(verdict.Outcomes(events)).To(BeEmpty(), "a run without a candidate is no comparison")
				return
			}
			s := compared(t, events)
			s.Problems = nil // a run with skipped cells alone has tested nothing
			g.Expect(s.Comparison.Cells).To(HaveLen(1))
			cell := s.Comparison.Cells[0]
			g.Expect(cell.Outcome).To(Equal(one.outcome), cell.Why)
			g.Expect(cell.Severity).To(Equal(one.severity))
			g.Expect(s.Exit()).To(Equal(one.exit))
			g.Expect(cell.Below).To(Equal(cell.Outcome.Worse() && one.exit == 0))
		})
	}
}

func TestACellBelowTheThresholdDoesNotFailTheRun(t *testing.T) {
	for failOn, exit := range map[record.Severity]int{record.High: 0, record.Medium: 0, record.Low: 1, "": 1} {
		g := NewWithT(t)
		events := comparedLog(limited, []showing{fired(75)}, []showing{fired(65)})
		events[0].RunInfo.FailOn = failOn
		g.Expect(compared(t, events).Exit()).To(Equal(exit), "--fail-on %q", failOn)
	}
}

// sides are the cells of a log's two builds.
func sides(events []record.Event) (baseline, candidate []*record.Cell) {
	for _, cell := range record.Summarise(events).Cells() {
		if cell.Plan.Side == record.Baseline {
			baseline = append(baseline, cell)
		} else {
			candidate = append(candidate, cell)
		}
	}
	return baseline, candidate
}

func TestUnsettled(t *testing.T) {
	g := NewWithT(t)
	untold := showing{verdict: record.Inconclusive, status: record.Unknown}
	unsettled := func(before, after []showing) bool {
		return verdict.Unsettled(sides(comparedLog(limited, before, after)))
	}
	g.Expect(unsettled(repeat(2, fired(10)), []showing{fired(10), never()})).To(BeTrue())
	g.Expect(unsettled(repeat(2, fired(10)), []showing{fired(10), untold})).To(BeTrue())
	g.Expect(unsettled(repeat(2, fired(10)), repeat(2, untold))).To(BeFalse(), "more of nothing tells nothing")
	g.Expect(unsettled(repeat(2, fired(10)), repeat(2, never()))).To(BeFalse())
}

func TestMeasurementsInWordsAndNumbers(t *testing.T) {
	g := NewWithT(t)
	events := comparedLog(limited, []showing{fired(10), fired(10), fired(10.3)}, repeat(3, never()))
	events = append(events, record.Event{Run: "r", T: 2, Kind: record.ImageReady, Target: "edge.baseline-1", Image: &record.Image{Ref: "app:1", ID: "sha256:app", Service: "app"}})
	s := compared(t, events)
	cell := s.Comparison.Cells[0]
	g.Expect(cell.Baseline).To(Equal(record.Measurements{Times: []float64{10, 10, 10.3}, Median: 10, Spread: 0.3, Repeats: 3,
		Verdicts: []record.Verdict{record.Fired, record.Fired, record.Fired}, Text: "fired 10.0 10.0 10.3s, workers freed"}))
	g.Expect(cell.Candidate.Open).To(Equal(3))
	g.Expect(cell.Candidate.Owners).To(Equal([]int{31, 31, 31}))
	g.Expect(cell.Candidate.Text).To(Equal("open at 30s (3 of 3), 3 connections still owned by pid 31"))
	g.Expect(cell.Limit).To(Equal(limited.Limit))
	g.Expect(s.Comparison.Baseline.Images).To(ConsistOf(HaveField("Digest", "sha256:1f2e")), "a service's image is not the server's")
	g.Expect(s.Comparison.Candidate).To(And(HaveField("Target", "edge"), HaveField("File", "edge.yaml"), HaveField("Side", record.Candidate)))
}

func TestWhatALogHasOfOutcomesIsNotJudgedAgain(t *testing.T) {
	g := NewWithT(t)
	events := comparedLog(limited, []showing{fired(10)}, []showing{never()})
	outcomes := verdict.Outcomes(events)
	g.Expect(outcomes).To(HaveLen(3), "two builds and a cell")
	g.Expect(verdict.Outcomes(append(events, outcomes...))).To(BeEmpty())
	g.Expect(verdict.Outcomes(append(events, outcomes[0]))).To(HaveLen(2), "a run that was killed has some of them")
}

// results are holds that lasted so many seconds; less than 0: not released.
func results(seconds []float64) []record.HoldResult {
	var all []record.HoldResult
	for _, s := range seconds {
		if s < 0 {
			all = append(all, record.HoldResult{By: record.ByNothing, WorkerKept: true})
			continue
		}
		all = append(all, record.HoldResult{Released: &s, By: record.ByFIN})
	}
	return all
}
