package reports

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/reports/terminal"
)

// hostileText means something to a terminal, to HTML, XML, JSON, Markdown and YAML, and to GitHub's runners.
const hostileText = "\x1b]0;owned\x07\x1b[2J\u009b31m\r\n::error file=x::y\n# head\n<script>alert(1)</script>]]>&amp;\"'\\`|\u202e ![x](http://x) @all"

// hostileRun is a run in which the server chose every text that a server can choose.
func hostileRun() []record.Event {
	text := func(kind record.Kind, fill func(*record.Event)) record.Event {
		e := record.Event{Run: "r", T: 3, Kind: kind, Target: "t", Pod: "t", Cell: "t/web/http.headers/silent", Hold: "t/web/http.headers/silent#1", Note: hostileText}
		fill(&e)
		return e
	}
	return []record.Event{
		{Run: "r", T: 1, Kind: record.RunStarted, RunInfo: &record.RunInfo{}},
		{Run: "r", T: 2, Kind: record.CellPlanned, Target: "t", Cell: "t/web/http.headers/silent", Plan: &record.Plan{Stage: "http.headers", Mode: record.Silent, Limit: &record.Limit{Kind: record.Idle, Seconds: 1}}},
		text(record.HoldFailed, func(*record.Event) {}),
		text(record.PodFailed, func(*record.Event) {}),
		text(record.PodLog, func(*record.Event) {}),
		text(record.Observed, func(*record.Event) {}),
		text(record.LeftoverSeen, func(e *record.Event) {
			e.Leftover = &record.Leftover{Kind: "file", Name: hostileText, Note: hostileText}
		}),
		text(record.AutopsyDone, func(e *record.Event) {
			e.Autopsy = &record.Autopsy{Class: "looped", Because: hostileText, Comm: hostileText}
		}),
		text(record.CellJudged, func(e *record.Event) {
			e.Verdict = &record.Judgement{Verdict: record.Never, Status: record.Failed, Severity: record.High, Message: hostileText, Evidence: []string{hostileText},
				Holds: []record.HoldResult{{By: record.ByFIN, Detail: hostileText}}}
		}),
		{Run: "r", T: 9, Kind: record.RunEnded, Note: hostileText},
	}
}

// TestNoReportIsInjected: what a server chooses stays text in every report.
func TestNoReportIsInjected(t *testing.T) {
	g := NewWithT(t)
	s := record.Summarise(hostileRun())
	drawn := map[string]string{}
	for _, view := range (Options{}).Views() {
		var out bytes.Buffer
		g.Expect(view.write(&out, s)).To(Succeed(), view.Flag)
		drawn[view.Flag] = out.String()
	}
	var out bytes.Buffer
	g.Expect(terminal.Write(&out, s, terminal.Options{Width: 100, Most: -1})).To(Succeed())
	drawn["terminal"] = out.String()
	for name, text := range drawn {
		g.Expect(text).To(ContainSubstring("owned"), "%s has the text", name)
		g.Expect(text).NotTo(MatchRegexp("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"), name)
	}
	g.Expect(drawn["terminal"]).NotTo(MatchRegexp("(?m)[\u009b\u202e\r]|^::error"))
	g.Expect(drawn["--html"]).NotTo(MatchRegexp("[\u0080-\u009f\u202e]"))
	g.Expect(strings.Count(drawn["--html"], "<script")).To(Equal(1), "the page's own, which its Content-Security-Policy names by its hash")
	g.Expect(drawn["--summary"]).NotTo(MatchRegexp(`(?m)^# head|^::error|[^\\]<script|[^\\]!\[x|@all|` + "\u202e"))
	for _, name := range []string{"--json", "--sarif", "--ctrf"} {
		g.Expect(json.Valid([]byte(drawn[name]))).To(BeTrue(), name)
	}
	for decoder := xml.NewDecoder(strings.NewReader(drawn["--junit"])); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		g.Expect(err).NotTo(HaveOccurred())
		if start, ok := token.(xml.StartElement); ok {
			g.Expect(start.Name.Local).NotTo(Equal("script"))
		}
	}
}
