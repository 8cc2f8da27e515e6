package reports_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports"
	"stalemate/reports/record"
)

// comparedLog is the log of a comparison with a cell of each outcome that the views tell apart.
func comparedLog() []record.Event {
	fired := func(at float64) record.Measurements {
		return record.Measurements{Times: []float64{at}, Median: at, Longest: at, Repeats: 1, Verdicts: []record.Verdict{record.Fired},
			Text: fmt.Sprintf("fired %.1fs, workers freed", at)}
	}
	never := record.Measurements{Open: 1, Longest: 90, Repeats: 1, Verdicts: []record.Verdict{record.Never}, Text: "open at 90s (1 of 1)"}
	absent := record.Measurements{Repeats: 1, Verdicts: []record.Verdict{record.NotApplicable}, Text: "not-applicable (1 of 1)"}
	event := func(t int64, kind record.Kind) record.Event { return record.Event{Run: "r", T: t, Kind: kind} }
	started, ended := event(1, record.RunStarted), event(4, record.RunEnded)
	started.RunInfo, ended.RunInfo = &record.RunInfo{FailOn: record.High, Command: "stalemate compare"}, &record.RunInfo{}
	events := []record.Event{started}
	for _, side := range []record.Side{record.Baseline, record.Candidate} {
		e := event(2, record.BuildCompared)
		e.Build = &record.Build{Side: side, Target: "edge", File: "edge.yaml", Images: []record.Image{{Ref: "edge:" + string(side), ID: "sha256:" + string(side)}}}
		events = append(events, e)
	}
	for _, compared := range []record.Compared{
		{Cell: "tls/tls.client-hello/silent", Outcome: record.OutcomeSame, Baseline: fired(10), Candidate: fired(10.1), Allowed: 1},
		{Cell: "tls/tls.client-hello/trickle", Outcome: record.OutcomeRegressed, Severity: record.High, Baseline: fired(10), Candidate: never},
		{Cell: "tls/http.keep-alive/silent", Outcome: record.OutcomeChanged, Severity: record.Low, Below: true, Baseline: fired(75), Candidate: fired(65), Allowed: 7.5},
		{Cell: "web/http.body/silent", Outcome: record.OutcomeFixed, Baseline: never, Candidate: fired(10)},
		{Cell: "web/http.<&/silent", Outcome: record.OutcomeInconclusive, Why: "candidate: said <&", Baseline: fired(1)},
		{Cell: "web/http.response/silent", Outcome: record.OutcomeNotApplicable, Baseline: absent, Candidate: absent},
	} {
		// The judgements contradict the outcome: no view may judge by itself.
		for _, side := range []record.Side{record.Baseline, record.Candidate} {
			planned, judged := event(2, record.CellPlanned), event(3, record.CellJudged)
			planned.Target = fmt.Sprintf("edge.%s-1", side)
			planned.Cell = planned.Target + "/" + compared.Cell
			planned.Plan = &record.Plan{Suite: "timeouts", Side: side, Repeat: 1, Expect: record.Fired, Cap: 90}
			judged.Target, judged.Cell = planned.Target, planned.Cell
			judged.Verdict = &record.Judgement{Verdict: record.Early, Status: record.Failed, Severity: record.Critical, Message: "early"}
			events = append(events, planned, judged)
		}
		e := event(3, record.CellCompared)
		e.Compared = &compared
		events = append(events, e)
	}
	return append(events, ended)
}

func TestViewsOfAComparisonAgree(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	o := reports.Options{JUnit: filepath.Join(dir, "j.xml"), JSON: filepath.Join(dir, "j.json"), HTML: filepath.Join(dir, "j.html")}
	var terminal strings.Builder
	o.Terminal = &terminal
	s, err := reports.Render(comparedLog(), o)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(s.Problems).To(BeEmpty())
	g.Expect(s.Exit()).To(Equal(1))
	g.Expect(terminal.String()).To(And(HaveSuffix("\nFAIL  1 regressed, 1 inconclusive, not counted: 1 changed below --fail-on high   exit 1\n"),
		ContainSubstring("1 same  1 fixed  1 REGRESSED  1 changed  0 waived  1 inconclusive  1 n/a")))

	junit := read(t, o.JUnit)
	g.Expect(junit).To(ContainSubstring(`<testsuite name="compare.edge" tests="6" failures="1" errors="1" skipped="1"`))
	g.Expect(junit).To(And(ContainSubstring(`<failure type="regressed" message="regressed, high: fired 10.0s, workers freed -&gt; open at 90s (1 of 1)"`),
		ContainSubstring(`name="web/http.&lt;&amp;/silent"`), ContainSubstring(`name="candidate.image.id" value="sha256:candidate"`),
		ContainSubstring(`name="below_fail_on" value="not counted: 1 changed below --fail-on high"`)))
	g.Expect(junit).To(MatchRegexp(`name="tls/http.keep-alive/silent" time="65.000">\s*<system-out><!\[CDATA\[changed, low: below --fail-on high, so it does not make the run fail\n`+
		`baseline   fired 75.0s, workers freed\ncandidate  fired 65.0s, workers freed\n`), "it was tested, so it is not skipped")
	for name, took := range map[string]string{
		"tls/tls.client-hello/trickle": "90.000", // open to the cap
		"tls/http.keep-alive/silent":   "65.000", // the baseline's was longer
		"tls/tls.client-hello/silent":  "10.100",
		"web/http.body/silent":         "10.000",
	} {
		g.Expect(junit).To(ContainSubstring(`name="`+name+`" time="`+took+`"`), "the candidate's longest hold")
	}
	var doc struct {
		Result    string
		Exit      int
		Count     map[string]int
		Below     int `json:"below_fail_on"`
		Candidate record.Build
	}
	g.Expect(json.Unmarshal([]byte(read(t, o.JSON)), &doc)).To(Succeed())
	g.Expect(doc.Exit).To(Equal(1))
	g.Expect(doc.Result).To(Equal("FAIL"))
	g.Expect(doc.Below).To(Equal(1))
	g.Expect(doc.Count).To(Equal(map[string]int{"same": 1, "fixed": 1, "regressed": 1, "changed": 1, "inconclusive": 1, "n/a": 1}))
	g.Expect(doc.Candidate.Target).To(Equal("edge"))
	page := read(t, o.HTML)
	g.Expect(page).To(And(ContainSubstring("regressed high"), ContainSubstring("sha256:baseline"), ContainSubstring("75.0s -&gt; 65.0s"),
		ContainSubstring("web/http.&lt;&amp;/silent"), ContainSubstring("(not counted: 1 changed below --fail-on high)")))
	g.Expect(page).NotTo(ContainSubstring("http.<&"))
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return string(text)
}
