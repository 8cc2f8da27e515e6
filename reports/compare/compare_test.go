package compare

import (
	"bytes"
	"testing"

	"stalemate/reports/record"

	. "github.com/onsi/gomega"
)

// outcome is one judgement of one cell in one run.
type outcome struct {
	verdict  record.Verdict
	status   record.Status
	measured []float64
	severity record.Severity
	waiver   string
}

func fired(times ...float64) outcome {
	return outcome{verdict: record.Fired, status: record.Passed, measured: times}
}

func never() outcome {
	return outcome{verdict: record.Never, status: record.Failed, measured: []float64{-1}, severity: record.High}
}

var limited = record.Plan{Suite: "timeouts", Expect: record.Fired, Cap: 30,
	Limit: &record.Limit{Kind: record.Absolute, Seconds: 10, By: "client_header_timeout"}}

// side is one build, with one cell judged once a run.
func side(target string, plan record.Plan, runs ...outcome) Side {
	out := Side{Target: target}
	for _, one := range runs {
		cell := target + "/tls/tls.client-hello/trickle"
		out.Runs = append(out.Runs, record.Summarise([]record.Event{
			{Run: "r", T: 1, Kind: record.RunStarted, RunInfo: &record.RunInfo{}},
			{Run: "r", T: 1, Kind: record.CellPlanned, Target: target, Cell: cell, Plan: &plan},
			{Run: "r", T: 1, Kind: record.ImageReady, Target: target, Image: &record.Image{Ref: "edge:1", Digest: target + "@sha256:1f2e"}},
			{Run: "r", T: 1, Kind: record.CellJudged, Target: target, Cell: cell, Verdict: &record.Judgement{Verdict: one.verdict,
				Status: one.status, Measured: one.measured, Severity: one.severity, Waiver: one.waiver}},
			{Run: "r", T: 30e9 + 1, Kind: record.RunEnded, RunInfo: &record.RunInfo{}},
		}))
	}
	return out
}

func TestKinds(t *testing.T) {
	unbounded := record.Plan{Suite: "timeouts", Cap: 30, Reason: "none"}
	startup := record.Plan{Suite: "startup", Scenario: "unclean-same-pid", Expect: record.Starts}
	declared := outcome{verdict: record.AsDeclared, status: record.Passed, measured: []float64{-1}}
	absent := outcome{verdict: record.NotApplicable, status: record.Skipped}
	waived := never()
	waived.status, waived.waiver = record.Skipped, "OPS-1"
	for name, one := range map[string]struct {
		plan          record.Plan
		before, after []outcome
		kind          Kind
		severity      record.Severity
		exit          int
	}{
		"the same":                   {limited, []outcome{fired(10), fired(10.1)}, []outcome{fired(10.1), fired(10)}, Same, "", 0},
		"within a second":            {limited, []outcome{fired(3)}, []outcome{fired(3.99)}, Same, "", 0},
		"beyond a second":            {limited, []outcome{fired(3)}, []outcome{fired(4.01)}, Changed, record.Low, 0},
		"within a tenth":             {limited, []outcome{fired(75)}, []outcome{fired(67.6)}, Same, "", 0},
		"beyond a tenth":             {limited, []outcome{fired(75)}, []outcome{fired(65)}, Changed, record.Low, 0},
		"within three spreads":       {limited, []outcome{fired(3, 4)}, []outcome{fired(6, 6.9)}, Same, "", 0},
		"beyond three spreads":       {limited, []outcome{fired(3, 4)}, []outcome{fired(7, 7)}, Changed, record.Low, 0},
		"regressed":                  {limited, []outcome{fired(10)}, []outcome{never()}, Regressed, record.High, 1},
		"fixed":                      {limited, []outcome{never()}, []outcome{fired(10)}, Fixed, "", 0},
		"as bad as before":           {limited, []outcome{never()}, []outcome{never()}, Same, "", 0},
		"bad in another way":         {limited, []outcome{never()}, []outcome{{verdict: record.Late, status: record.Failed, measured: []float64{20}}}, Changed, record.Low, 0},
		"waived":                     {limited, []outcome{fired(10)}, []outcome{waived}, Waived, record.High, 0},
		"not there any more":         {limited, []outcome{fired(10)}, []outcome{absent}, Changed, record.Low, 3},
		"in neither":                 {limited, []outcome{absent}, []outcome{absent}, NotApplicable, "", 3},
		"repeats disagree":           {limited, []outcome{fired(10), never()}, []outcome{fired(10), fired(10)}, Inconclusive, "", 3},
		"no judgement possible":      {limited, []outcome{fired(10)}, []outcome{{verdict: record.Inconclusive, status: record.Unknown}}, Inconclusive, "", 3},
		"a weakness that is gone":    {unbounded, []outcome{declared}, []outcome{{verdict: record.Fired, status: record.Failed, measured: []float64{10}}}, Fixed, "", 0},
		"a weakness still there":     {unbounded, []outcome{declared}, []outcome{declared}, Same, "", 0},
		"does not start":             {startup, []outcome{{verdict: record.Starts, status: record.Passed}}, []outcome{{verdict: record.Refuses, status: record.Failed}}, Regressed, record.Critical, 1},
		"a candidate that never ran": {limited, []outcome{fired(10)}, nil, Inconclusive, "", 3},
		"a baseline that ran less":   {limited, nil, []outcome{fired(10)}, Inconclusive, "", 3},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			before, after := side("old", one.plan, one.before...), side("new", one.plan, one.after...)
			cells := Compare(before, after)
			g.Expect(cells).To(HaveLen(1))
			g.Expect(cells[0].Kind).To(Equal(one.kind), cells[0].Why)
			g.Expect(cells[0].Severity).To(Equal(one.severity))
			// A run whose one cell is skipped, but for a waiver, tested nothing: 3, whatever became of the cell.
			g.Expect(Exit(cells, record.High, before, after)).To(Equal(one.exit))
		})
	}
}

func TestThresholdAndDisagreement(t *testing.T) {
	g := NewWithT(t)
	before, after := side("old", limited, fired(75)), side("new", limited, fired(65))
	g.Expect(Exit(Compare(before, after), record.Low, before, after)).To(Equal(1))
	g.Expect(Exit(nil, record.Low, before, after)).To(Equal(3), "nothing was compared")
	g.Expect(Disagreeing(Compare(side("old", limited, fired(10), never()), side("new", limited, fired(10), fired(10))))).
		To(Equal([]string{"tls/tls.client-hello/trickle"}))
}

func TestTerminal(t *testing.T) {
	g := NewWithT(t)
	var out bytes.Buffer
	before := side("old", limited, fired(10), fired(10), fired(10.1))
	after := side("new", limited, never(), never(), never())
	exit, err := Write(&out, before, after, Options{File: "edge.yaml", Image: "edge:2", Reports: []string{"out/report.html"}})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(exit).To(Equal(1))
	g.Expect(out.String()).To(Equal(`FAIL new  old@sha256:1f2e -> new@sha256:1f2e  1m30s
0 same  0 fixed  1 REGRESSED  0 changed  0 waived  0 inconclusive  0 n/a
REGRESSED high    tls/tls.client-hello/trickle   limit 10s, client_header_timeout
  baseline   fired 10.0 10.0 10.1s
  candidate  open at 30s (3 of 3)
repro:  stalemate check -f edge.yaml --image edge:2 --only tls/tls.client-hello/trickle
report: out/report.html                        exit 1
`))
	out.Reset()
	_, err = Write(&out, side("old", limited, fired(75), fired(75.1)), side("new", limited, fired(65)), Options{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(out.String()).To(ContainSubstring("changed   low     tls/tls.client-hello/trickle   75.0s -> 65.0s (spread 0.1s; allowed 7.5s)"))
}
