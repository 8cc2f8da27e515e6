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

// comparedLog is a comparison with a cell of each kind that the views tell apart.
func comparedLog() []record.Event {
	type shown struct {
		verdict  record.Verdict
		status   record.Status
		measured float64
	}
	fired := func(at float64) shown { return shown{record.Fired, record.Passed, at} }
	never := shown{record.Never, record.Failed, -1}
	cells := []struct {
		name          string
		before, after shown
	}{
		{"tls/tls.client-hello/silent", fired(10), fired(10.1)},
		{"tls/tls.client-hello/trickle", fired(10), never},
		{"tls/http.keep-alive/silent", fired(75), fired(65)},
		{"web/http.body/silent", never, fired(10)},
		{"web/http.<&/silent", fired(1), shown{record.Inconclusive, record.Unknown, -1}},
		{"web/http.response/silent", shown{record.NotApplicable, record.Skipped, -1}, shown{record.NotApplicable, record.Skipped, -1}},
	}
	events := []record.Event{{Run: "r", T: 1, Kind: record.RunStarted, RunInfo: &record.RunInfo{FailOn: record.High, Command: "stalemate compare"}}}
	for _, side := range []record.Side{record.Baseline, record.Candidate} {
		target := fmt.Sprintf("edge.%s-1", side)
		events = append(events, record.Event{Run: "r", T: 2, Kind: record.ImageReady, Target: target,
			Image: &record.Image{Ref: "edge:" + string(side), ID: "sha256:" + string(side)}},
			record.Event{Run: "r", T: 2, Kind: record.ImageReady, Target: target, // is no side's own
				Image: &record.Image{Ref: "app:1", ID: "sha256:app", Service: "app"}})
		for _, c := range cells {
			one := c.before
			if side == record.Candidate {
				one = c.after
			}
			planned := record.Plan{Suite: "timeouts", Side: side, Repeat: 1, File: "edge.yaml", Expect: record.Fired, Cap: 90,
				Limit: &record.Limit{Kind: record.Max, Seconds: 80}}
			j := record.Judgement{Verdict: one.verdict, Status: one.status, Measured: []float64{one.measured}, Message: "said <&"}
			if one.status == record.Failed {
				j.Severity = record.High
			}
			if j.Took = one.measured; one.verdict == record.Never {
				j.Took = planned.Cap
			}
			events = append(events, record.Event{Run: "r", T: 2, Kind: record.CellPlanned, Target: target, Cell: target + "/" + c.name, Plan: &planned},
				record.Event{Run: "r", T: 3, Kind: record.CellJudged, Target: target, Cell: target + "/" + c.name, Verdict: &j})
		}
	}
	return append(events, record.Event{Run: "r", T: 4, Kind: record.RunEnded, RunInfo: &record.RunInfo{}})
}

func TestViewsOfAComparisonAgree(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	o := reports.Options{JUnit: filepath.Join(dir, "j.xml"), JSON: filepath.Join(dir, "j.json"), HTML: filepath.Join(dir, "j.html")}
	var terminal strings.Builder
	o.Terminal = &terminal
	c, err := reports.RenderComparison(comparedLog(), o, false)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(c.Exit()).To(Equal(1))
	g.Expect(terminal.String()).To(ContainSubstring("1 same  1 fixed  1 REGRESSED  1 changed  0 waived  1 inconclusive  1 n/a"))

	junit := read(t, o.JUnit)
	g.Expect(junit).To(ContainSubstring(`<testsuite name="compare.edge" tests="6" failures="1" errors="1" skipped="2"`))
	g.Expect(junit).To(And(ContainSubstring(`<failure type="regressed" message="regressed, high: fired 10.0s, workers freed -&gt; open at 90s (1 of 1)"`),
		ContainSubstring(`<skipped message="below --fail-on, changed, low: 75.0s -&gt; 65.0s`), ContainSubstring(`name="web/http.&lt;&amp;/silent"`),
		ContainSubstring(`name="candidate.image.id" value="sha256:candidate"`)))
	for name, took := range map[string]string{
		"tls/tls.client-hello/trickle": "90.000", // open to the cap
		"tls/http.keep-alive/silent":   "65.000", // the baseline's was longer
		"tls/tls.client-hello/silent":  "10.100",
		"web/http.body/silent":         "10.000",
	} {
		g.Expect(junit).To(ContainSubstring(`name="`+name+`" time="`+took+`"`), "the candidate's longest hold")
	}
	var doc struct {
		Result string
		Exit   int
		Count  map[string]int
	}
	g.Expect(json.Unmarshal([]byte(read(t, o.JSON)), &doc)).To(Succeed())
	g.Expect(doc.Exit).To(Equal(1))
	g.Expect(doc.Result).To(Equal("FAIL"))
	g.Expect(doc.Count).To(Equal(map[string]int{"same": 1, "fixed": 1, "regressed": 1, "changed": 1, "inconclusive": 1, "n/a": 1}))
	page := read(t, o.HTML)
	g.Expect(page).To(And(ContainSubstring("regressed high"), ContainSubstring("sha256:baseline"), ContainSubstring("75.0s -&gt; 65.0s"),
		ContainSubstring("web/http.&lt;&amp;/silent")))
	g.Expect(page).NotTo(ContainSubstring("http.<&"))
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return string(text)
}
