package terminal

import (
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

// compared is the summary of a run that compared two builds with these outcomes.
func compared(failOn record.Severity, cells ...record.Compared) record.Summary {
	build := func(side record.Side, digest string) *record.Build {
		return &record.Build{Side: side, Target: "edge", File: "edge.yaml", Overrides: []string{"--image", "edge:1", "--policy", "fleet.yaml"},
			Images: []record.Image{{Ref: "edge:1", ID: "sha256:" + digest, Digest: "sha256:" + digest, Version: "1.2"}}}
	}
	events := []record.Event{{Run: "r", T: 1, Kind: record.RunStarted, RunInfo: &record.RunInfo{FailOn: failOn}},
		{Run: "r", T: 2, Kind: record.BuildCompared, Build: build(record.Baseline, "1f2e")},
		{Run: "r", T: 2, Kind: record.BuildCompared, Build: build(record.Candidate, "9a0c")}}
	for i, cell := range cells {
		cell.Below = cell.Outcome.Worse() && cell.Severity.Below(failOn)
		target := fmt.Sprintf("edge.candidate-%d", i+1)
		address := target + "/" + cell.Cell
		events = append(events, record.Event{Run: "r", T: 2, Kind: record.CellPlanned, Target: target, Cell: address, Plan: &record.Plan{Suite: "timeouts", Side: record.Candidate, Repeat: i + 1}},
			record.Event{Run: "r", T: 3, Kind: record.CellJudged, Target: target, Cell: address, Verdict: &record.Judgement{Verdict: record.Fired, Status: record.Passed}},
			record.Event{Run: "r", T: 3, Kind: record.CellCompared, Compared: &cell})
	}
	return record.Summarise(append(events, record.Event{Run: "r", T: 30e9 + 1, Kind: record.RunEnded, RunInfo: &record.RunInfo{}}))
}

func comparisonPage(t *testing.T, s record.Summary, o Options) string {
	t.Helper()
	var out strings.Builder
	NewWithT(t).Expect(Write(&out, s, o)).To(Succeed())
	return out.String()
}

func regressed(name string, severity record.Severity) record.Compared {
	return record.Compared{Cell: name, Outcome: record.OutcomeRegressed, Severity: severity,
		Limit:     &record.Limit{Kind: record.Absolute, Seconds: 10, By: "client_header_timeout"},
		Baseline:  record.Measurements{Repeats: 3, Text: "fired 10.0 10.0 10.1s, workers freed"},
		Candidate: record.Measurements{Repeats: 3, Text: "open at 30s (3 of 3), 3 connections still owned by pid 31"}}
}

func TestAComparison(t *testing.T) {
	g := NewWithT(t)
	s := compared(record.High, regressed("tls/tls.client-hello/trickle", record.High))
	g.Expect(comparisonPage(t, s, Options{Reports: []string{"out/report.html"}})).To(Equal(`edge  edge@sha256:1f2e (1.2) -> @sha256:9a0c (1.2)  30s
0 same  0 fixed  1 REGRESSED  0 changed  0 waived  0 inconclusive  0 n/a
REGRESSED high  tls/tls.client-hello/trickle   limit 10s, client_header_timeout
  baseline   fired 10.0 10.0 10.1s, workers freed
  candidate  open at 30s (3 of 3), 3 connections still owned by pid 31
repro:  stalemate check -f edge.yaml --image edge@sha256:9a0c --policy fleet.yaml --only edge/tls/tls.client-hello/trickle
report: out/report.html
FAIL  1 regressed   exit 1
`))
	changed := record.Compared{Cell: "tls/tls.client-hello/trickle", Outcome: record.OutcomeChanged, Severity: record.Low, Allowed: 7.5,
		Baseline: record.Measurements{Median: 75, Spread: 0.1}, Candidate: record.Measurements{Median: 65}}
	g.Expect(comparisonPage(t, compared(record.High, changed), Options{})).To(ContainSubstring("changed low     tls/tls.client-hello/trickle   75.0s -> 65.0s (spread 0.1s; allowed 7.5s)"))
}

// A reader who sees PASS looks no further.
func TestTheWorstWordThatIsTrueComesLast(t *testing.T) {
	g := NewWithT(t)
	page := comparisonPage(t, compared(record.High, regressed("a", record.Medium), regressed("b", record.Medium),
		record.Compared{Cell: "c", Outcome: record.OutcomeChanged, Severity: record.Low}), Options{})
	g.Expect(page).To(HaveSuffix("\nREGRESSED  2 regressed, 1 changed below --fail-on high   exit 0\n"))
	g.Expect(page).To(And(ContainSubstring("0 same  0 fixed  2 regressed  1 changed"), ContainSubstring("\nregressed medium a "), Not(ContainSubstring("PASS"))))
	page = comparisonPage(t, compared(record.High, regressed("a", record.Medium), regressed("b", record.High)), Options{})
	g.Expect(page).To(HaveSuffix("\nFAIL  1 regressed, not counted: 1 regressed below --fail-on high   exit 1\n"))
	g.Expect(page).To(And(ContainSubstring("2 REGRESSED"), ContainSubstring("\nregressed medium a "), ContainSubstring("\nREGRESSED high  b "),
		ContainSubstring("--only edge/b\n")), "the command is that of a cell that makes the run fail")
	g.Expect(comparisonPage(t, compared("", regressed("a", record.Low)), Options{})).To(HaveSuffix("\nFAIL  1 regressed   exit 1\n"))
	changed, same := record.Compared{Cell: "a", Outcome: record.OutcomeChanged, Severity: record.Low}, record.Compared{Cell: "b", Outcome: record.OutcomeSame}
	g.Expect(comparisonPage(t, compared(record.High, changed, same), Options{})).To(HaveSuffix("\nCHANGED  1 changed below --fail-on high   exit 0\n"))
	g.Expect(comparisonPage(t, compared(record.High, same, record.Compared{Cell: "c", Outcome: record.OutcomeFixed}), Options{})).
		To(HaveSuffix("\nPASS  1 same, 1 fixed   exit 0\n"))
	unclear := record.Compared{Cell: "d", Outcome: record.OutcomeInconclusive, Why: "repeats disagree"}
	g.Expect(comparisonPage(t, compared(record.High, regressed("a", record.Medium), unclear), Options{})).
		To(HaveSuffix("\nINCONCLUSIVE  1 inconclusive, 1 regressed below --fail-on high   exit 3\n"))
	stopped := compared(record.High, unclear)
	stopped.Stopped, stopped.Problems = "interrupted", []string{"the run was stopped: interrupted"}
	g.Expect(comparisonPage(t, stopped, Options{})).To(HaveSuffix("\nINCONCLUSIVE (interrupted)  1 inconclusive, 1 problem of the run   exit 3\n"))
}

func TestNothingThatAServerSaysMovesTheCursor(t *testing.T) {
	g := NewWithT(t)
	const foul = "x\x1b[2J\r\nPASS edge\u009b1m"
	cell := regressed(foul, record.High)
	cell.Limit.By, cell.Baseline.Text, cell.Candidate.Text = foul, foul, foul
	s := compared(record.High, cell, record.Compared{Cell: foul + "2", Outcome: record.OutcomeInconclusive, Why: foul})
	s.Notices, s.Problems = []string{foul}, []string{foul}
	for _, build := range []*record.Build{&s.Comparison.Baseline, &s.Comparison.Candidate} {
		build.Target, build.File, build.Images[0].Version = foul, foul, foul
	}
	page := comparisonPage(t, s, Options{})
	g.Expect(page).To(ContainSubstring("[2J PASS edge"))
	g.Expect(page).NotTo(Or(ContainSubstring("\x1b"), ContainSubstring("\r"), ContainSubstring("\u009b"), ContainSubstring("\nPASS edge")))
}

func TestTheSameReasonIsToldOnce(t *testing.T) {
	g := NewWithT(t)
	var cells []record.Compared
	for i := range 20 {
		cells = append(cells, record.Compared{Cell: fmt.Sprint("cell", i), Outcome: record.OutcomeInconclusive, Why: "the pod did not come up"})
	}
	s := compared(record.High, append(cells, record.Compared{Cell: "other", Outcome: record.OutcomeInconclusive, Why: "repeats disagree"})...)
	s.Problems = []string{"one", "two", "three", "four", "five"}
	g.Expect(comparisonPage(t, s, Options{})).To(And(ContainSubstring("cell0 and 19 more: the pod did not come up\n"), Not(ContainSubstring("cell1")),
		MatchRegexp(`other +repeats disagree`), ContainSubstring("run: three\n... and 2 more\n")))
	g.Expect(comparisonPage(t, s, Options{Most: -1})).To(ContainSubstring("run: five\n"))
}

func TestLongTextsAreNoWiderThanThePage(t *testing.T) {
	g := NewWithT(t)
	long := strings.Repeat("what the server says of itself ", 8)
	cell := regressed("tls/tls.client-hello/trickle", record.High)
	cell.Baseline.Text, cell.Candidate.Text = "starts; "+long, "refuses; "+long
	s := compared(record.High, cell, record.Compared{Cell: "other", Outcome: record.OutcomeInconclusive, Why: long})
	s.Notices, s.Problems = []string{long}, []string{long}
	page := comparisonPage(t, s, Options{Width: DefaultWidth})
	for row := range strings.Lines(page) {
		if !strings.HasPrefix(row, "repro: ") { // a command must stay in one piece
			g.Expect(len(strings.TrimRight(row, "\n"))).To(BeNumerically("<=", DefaultWidth), row)
		}
	}
	g.Expect(page).To(And(ContainSubstring("\n  baseline   starts; what"), ContainSubstring("\nrun: what"), MatchRegexp(`\n {4}\w`)))
}

func TestALongListIsCut(t *testing.T) {
	g := NewWithT(t)
	var cells []record.Compared
	for i := range 15 {
		cells = append(cells, regressed(fmt.Sprint("cell", i), record.High))
	}
	g.Expect(comparisonPage(t, compared(record.High, cells...), Options{})).To(ContainSubstring("\n... and 3 more regressed\n"))
	g.Expect(comparisonPage(t, compared(record.High, cells...), Options{Most: -1})).NotTo(ContainSubstring("more regressed"))
}
