package compare

import (
	"bytes"
	"fmt"
	"slices"
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
	message  string
}

func fired(times ...float64) outcome {
	return outcome{verdict: record.Fired, status: record.Passed, measured: times}
}

func never() outcome {
	return outcome{verdict: record.Never, status: record.Failed, measured: []float64{-1}, severity: record.High}
}

var limited = record.Plan{Suite: "timeouts", Expect: record.Fired, Cap: 30,
	Limit: &record.Limit{Kind: record.Absolute, Seconds: 10, By: "client_header_timeout"}}

// log is a comparison with one cell, judged once in each pod of a side.
func log(plan record.Plan, before, after []outcome) []record.Event {
	events := []record.Event{{Run: "r", T: 1, Kind: record.RunStarted, RunInfo: &record.RunInfo{FailOn: record.High}}}
	for side, outcomes := range map[record.Side][]outcome{record.Baseline: before, record.Candidate: after} {
		for i, one := range outcomes {
			own := plan
			own.Side, own.Repeat, own.File, own.Overrides = side, i+1, "edge.yaml", []string{"--image", "edge:1", "--policy", "fleet.yaml"}
			target := fmt.Sprintf("edge.%s-%d", side, i+1)
			events = append(events, judged(target, own, one, map[record.Side]string{record.Baseline: "1f2e", record.Candidate: "9a0c"}[side])...)
		}
	}
	return append(events, record.Event{Run: "r", T: 30e9 + 1, Kind: record.RunEnded, RunInfo: &record.RunInfo{}})
}

func judged(target string, plan record.Plan, one outcome, digest string) []record.Event {
	cell := target + "/tls/tls.client-hello/trickle"
	event := func(kind record.Kind) record.Event {
		return record.Event{Run: "r", T: 1, Kind: kind, Target: target, Cell: cell}
	}
	planned, image, owned, verdict := event(record.CellPlanned), event(record.ImageReady), event(record.HoldProven), event(record.CellJudged)
	planned.Plan = &plan
	image.Cell, image.Image = "", &record.Image{Ref: "edge:1", ID: "sha256:" + digest, Digest: "sha256:" + digest, Version: "1.2"}
	owned.Hold, owned.HoldInfo = cell+"#1", &record.HoldInfo{PID: 31}
	verdict.Verdict = &record.Judgement{Verdict: one.verdict, Status: one.status, Measured: one.measured, Severity: one.severity, Waiver: one.waiver, Message: one.message}
	return []record.Event{planned, image, owned, verdict}
}

// drawn is the comparison of that log.
func drawn(t *testing.T, events []record.Event) Comparison {
	t.Helper()
	c, err := FromLog(events)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return c
}

func late(times ...float64) outcome {
	return outcome{verdict: record.Late, status: record.Failed, measured: times, severity: record.Medium}
}

func repeat(n int, one outcome) []outcome { return slices.Repeat([]outcome{one}, n) }

func TestKinds(t *testing.T) {
	unbounded := record.Plan{Suite: "timeouts", Cap: 30, Reason: "none", Expect: record.AsDeclared}
	known := record.Plan{Suite: "timeouts", Cap: 20, Expect: record.AsDeclared, Limit: &record.Limit{Kind: record.AtLeast, Seconds: 20}}
	startup := record.Plan{Suite: "startup", Scenario: "unclean-same-pid", Expect: record.Starts}
	declared := outcome{verdict: record.AsDeclared, status: record.Passed, measured: []float64{-1}}
	released := outcome{verdict: record.Fired, status: record.Failed, measured: []float64{10}}
	absent := outcome{verdict: record.NotApplicable, status: record.Skipped}
	untold := outcome{verdict: record.Inconclusive, status: record.Unknown, message: "the pod did not come up"}
	started := outcome{verdict: record.Starts, status: record.Passed}
	half := outcome{verdict: record.Degraded, status: record.Failed}
	refused := outcome{verdict: record.Refuses, status: record.Failed, severity: record.Critical}
	kept := outcome{verdict: record.LateWorker, status: record.Failed, measured: []float64{10}, severity: record.High}
	waived := never()
	waived.status, waived.waiver = record.Skipped, "OPS-1"
	for name, one := range map[string]struct {
		plan          record.Plan
		before, after []outcome
		kind          Kind
		severity      record.Severity
		exit          int
	}{
		"the same":                     {limited, []outcome{fired(10), fired(10.1)}, []outcome{fired(10.1), fired(10)}, Same, "", 0},
		"within a second":              {limited, []outcome{fired(3)}, []outcome{fired(3.99)}, Same, "", 0},
		"beyond a second":              {limited, []outcome{fired(3)}, []outcome{fired(4.01)}, Changed, record.Low, 0},
		"within a tenth":               {limited, []outcome{fired(75)}, []outcome{fired(67.6)}, Same, "", 0},
		"beyond a tenth":               {limited, []outcome{fired(75)}, []outcome{fired(65)}, Changed, record.Low, 0},
		"within three spreads":         {limited, []outcome{fired(3), fired(4)}, []outcome{fired(6), fired(6.9)}, Same, "", 0},
		"beyond three spreads":         {limited, []outcome{fired(3), fired(4)}, []outcome{fired(7), fired(7)}, Changed, record.Low, 0},
		"regressed":                    {limited, []outcome{fired(10)}, []outcome{never()}, Regressed, record.High, 1},
		"fixed":                        {limited, []outcome{never()}, []outcome{fired(10)}, Fixed, "", 0},
		"as bad as before":             {limited, []outcome{never()}, []outcome{never()}, Same, "", 0},
		"as late as before":            {limited, []outcome{late(20)}, []outcome{late(20.2)}, Same, "", 0},
		"later than before":            {limited, []outcome{late(20)}, []outcome{late(25)}, Changed, record.Low, 0},
		"at the edge of the tolerance": {limited, []outcome{fired(10.45), fired(10.5)}, []outcome{fired(10.48), late(10.51)}, Same, "", 0},
		"breaks the limit by little":   {limited, []outcome{fired(10.2), fired(10.21)}, []outcome{late(10.6), late(10.61)}, Regressed, record.Medium, 0},
		"breaks the limit":             {limited, []outcome{fired(10)}, []outcome{late(25)}, Regressed, record.Medium, 0},
		"keeps the limit":              {limited, []outcome{late(25)}, []outcome{fired(10)}, Fixed, "", 0},
		"bad in another way":           {limited, []outcome{never()}, []outcome{late(20)}, Changed, record.Low, 0},
		"keeps the worker":             {limited, []outcome{fired(10)}, []outcome{kept}, Regressed, record.High, 1},
		"kept the worker before too":   {limited, []outcome{kept}, []outcome{kept}, Same, "", 0},
		"waived":                       {limited, []outcome{fired(10)}, []outcome{waived}, Waived, record.High, 0},
		"not there any more":           {limited, []outcome{fired(10)}, []outcome{absent}, Changed, record.Low, 0},
		"gained, and never ends":       {limited, repeat(5, absent), repeat(5, never()), Regressed, record.High, 1},
		"gained, and keeps workers":    {limited, []outcome{absent}, []outcome{kept}, Regressed, record.High, 1},
		"gained, and waived":           {limited, []outcome{absent}, []outcome{waived}, Waived, record.High, 0},
		"gained, as declared":          {unbounded, []outcome{absent}, []outcome{declared}, Changed, record.Low, 0},
		"gained, and ends":             {limited, []outcome{absent}, []outcome{fired(10)}, Changed, record.Low, 0},
		"a start gained that refuses":  {startup, []outcome{absent}, []outcome{refused}, Regressed, record.Critical, 1},
		"a start gained in part":       {startup, []outcome{absent}, []outcome{half}, Regressed, record.High, 1},
		"a start gained":               {startup, []outcome{absent}, []outcome{started}, Changed, record.Low, 0},
		"in neither":                   {limited, []outcome{absent}, []outcome{absent}, NotApplicable, "", 3},
		"repeats disagree":             {limited, []outcome{fired(10), never()}, []outcome{fired(10), fired(10)}, Inconclusive, "", 3},
		"no verdict possible":          {limited, []outcome{fired(10)}, []outcome{untold}, Inconclusive, "", 3},
		"half of the repeats told":     {limited, repeat(2, fired(10)), append(repeat(1, fired(10)), untold), Inconclusive, "", 3},
		"most repeats told":            {limited, repeat(3, fired(10)), append(repeat(2, fired(10)), untold), Same, "", 0},
		"most repeats told never":      {limited, repeat(3, fired(10)), append(repeat(2, never()), untold), Regressed, record.High, 1},
		"a weakness that is gone":      {unbounded, []outcome{declared}, []outcome{released}, Fixed, "", 0},
		"a weakness still there":       {unbounded, []outcome{declared}, []outcome{declared}, Same, "", 0},
		"a weakness come back":         {unbounded, []outcome{released}, []outcome{declared}, Regressed, record.High, 1},
		"nothing known, now ended":     {known, []outcome{declared}, []outcome{{verdict: record.Early, status: record.Failed, measured: []float64{10}}}, Fixed, "", 0},
		"does not start":               {startup, []outcome{started}, []outcome{refused}, Regressed, record.Critical, 1},
		"starts in part":               {startup, []outcome{started}, []outcome{half}, Regressed, record.High, 1},
		"starts again":                 {startup, []outcome{refused}, []outcome{half}, Fixed, "", 0},
		"starts as before":             {startup, []outcome{refused}, []outcome{refused}, Same, "", 0},
		"a candidate that never ran":   {limited, []outcome{fired(10)}, nil, Inconclusive, "", 3},
		"a baseline that ran less":     {limited, nil, []outcome{fired(10)}, Inconclusive, "", 3},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			events := log(one.plan, one.before, one.after)
			if len(one.after) == 0 {
				_, err := FromLog(events)
				g.Expect(err).To(MatchError(ContainSubstring("no comparison")))
				return
			}
			c := drawn(t, events)
			c.Problems = nil // a run with skipped cells alone has tested nothing
			g.Expect(c.Cells).To(HaveLen(1))
			g.Expect(c.Cells[0].Kind).To(Equal(one.kind), c.Cells[0].Why)
			g.Expect(c.Cells[0].Severity).To(Equal(one.severity))
			g.Expect(c.Exit()).To(Equal(one.exit))
		})
	}
}

func TestThreshold(t *testing.T) {
	g := NewWithT(t)
	c := drawn(t, log(limited, []outcome{fired(75)}, []outcome{fired(65)}))
	c.FailOn = record.Low
	g.Expect(c.Exit()).To(Equal(1))
	c.FailOn = ""
	g.Expect(c.Exit()).To(Equal(1), "any")
	c.Cells = nil
	g.Expect(c.Exit()).To(Equal(3), "nothing was compared")
}

func TestUnsettled(t *testing.T) {
	g := NewWithT(t)
	untold := outcome{verdict: record.Inconclusive, status: record.Unknown}
	name := []string{"tls/tls.client-hello/trickle"}
	g.Expect(drawn(t, log(limited, repeat(2, fired(10)), []outcome{fired(10), never()})).Unsettled()).To(Equal(name))
	g.Expect(drawn(t, log(limited, repeat(2, fired(10)), []outcome{fired(10), untold})).Unsettled()).To(Equal(name))
	g.Expect(drawn(t, log(limited, repeat(2, fired(10)), repeat(2, untold))).Unsettled()).To(BeEmpty(), "more of nothing tells nothing")
	g.Expect(drawn(t, log(limited, repeat(2, fired(10)), repeat(2, never()))).Unsettled()).To(BeEmpty())
}

func TestTerminal(t *testing.T) {
	g := NewWithT(t)
	var out bytes.Buffer
	c := drawn(t, log(limited, []outcome{fired(10), fired(10), fired(10.1)}, repeat(3, never())))
	g.Expect(Write(&out, c, Options{Reports: []string{"out/report.html"}})).To(Succeed())
	g.Expect(out.String()).To(Equal(`FAIL edge  edge@sha256:1f2e (1.2) -> @sha256:9a0c (1.2)  30s
0 same  0 fixed  1 REGRESSED  0 changed  0 waived  0 inconclusive  0 n/a
REGRESSED high  tls/tls.client-hello/trickle   limit 10s, client_header_timeout
  baseline   fired 10.0 10.0 10.1s, workers freed
  candidate  open at 30s (3 of 3), 3 connections still owned by pid 31
repro:  stalemate check -f edge.yaml --image edge@sha256:9a0c --policy fleet.yaml --only edge/tls/tls.client-hello/trickle
report: out/report.html                        exit 1
`))
	out.Reset()
	g.Expect(Write(&out, drawn(t, log(limited, []outcome{fired(75), fired(75.1)}, []outcome{fired(65)})), Options{})).To(Succeed())
	g.Expect(out.String()).To(ContainSubstring("changed low     tls/tls.client-hello/trickle   75.0s -> 65.0s (spread 0.1s; allowed 7.5s)"))
}

func TestNothingThatAServerSaysMovesTheCursor(t *testing.T) {
	g := NewWithT(t)
	const foul = "x\x1b[2J\r\nPASS edge\u009b1m"
	events := log(limited, repeat(2, fired(10)), []outcome{never(), never()})
	untold := moved(log(limited, repeat(2, fired(10)), repeat(2, outcome{verdict: record.Inconclusive, status: record.Unknown, message: foul})), foul)
	events = slices.Concat(events, untold[1:len(untold)-1])
	events = append(events, record.Event{Run: "r", T: 31e9, Kind: record.Noticed, Note: foul},
		record.Event{Run: "r", T: 31e9, Kind: record.PodFailed, Target: "edge.candidate-1", Pod: "p", Note: foul})
	for i := range events {
		if events[i].Verdict != nil {
			events[i].Verdict.Evidence = []string{foul}
		}
		if events[i].Image != nil {
			events[i].Image.Version = foul
		}
		if events[i].Plan != nil {
			events[i].Plan.Limit, events[i].Plan.File = &record.Limit{Kind: record.Max, Seconds: 10, By: foul}, foul
		}
	}
	var out bytes.Buffer
	g.Expect(Write(&out, drawn(t, events), Options{})).To(Succeed())
	g.Expect(out.String()).To(ContainSubstring("[2J PASS edge"))
	g.Expect(out.String()).NotTo(Or(ContainSubstring("\x1b"), ContainSubstring("\r"), ContainSubstring("\u009b"), ContainSubstring("\nPASS edge")))
}

func TestTheSameReasonIsToldOnce(t *testing.T) {
	g := NewWithT(t)
	c := Comparison{Problems: []string{"one", "two", "three", "four", "five"}}
	for i := range 20 {
		c.Cells = append(c.Cells, Cell{Name: fmt.Sprint("cell", i), Kind: Inconclusive, Why: "the pod did not come up"})
	}
	c.Cells = append(c.Cells, Cell{Name: "other", Kind: Inconclusive, Why: "repeats disagree"})
	var out bytes.Buffer
	g.Expect(Write(&out, c, Options{})).To(Succeed())
	g.Expect(out.String()).To(And(ContainSubstring("cell0 and 19 more: the pod did not come up\n"), Not(ContainSubstring("cell1")),
		MatchRegexp(`other +repeats disagree`), ContainSubstring("run: three\n... and 2 more\n")))
}
