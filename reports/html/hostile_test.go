package html

import (
	"bytes"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

// TestControlCharactersStayOut: html/template escapes markup only.
func TestControlCharactersStayOut(t *testing.T) {
	g := NewWithT(t)
	const evil = "\x1b]0;owned\x07\u009b31m\u202e<script>"
	s := record.Summarise([]record.Event{
		{Run: "r", T: 1, Kind: record.RunStarted, RunInfo: &record.RunInfo{}},
		{Run: "r", T: 2, Kind: record.CellPlanned, Target: "t", Cell: "t/x", Plan: &record.Plan{Scenario: "x"}},
		{Run: "r", T: 3, Kind: record.CellJudged, Target: "t", Cell: "t/x", Verdict: &record.Judgement{Verdict: record.Refuses, Message: evil}},
		{Run: "r", T: 4, Kind: record.LeftoverSeen, Target: "t", Leftover: &record.Leftover{Kind: "file", Name: evil}},
		{Run: "r", T: 5, Kind: record.Observed, Target: "t", Note: evil},
	})
	var out bytes.Buffer
	g.Expect(Write(&out, s)).To(Succeed())
	page := strings.Replace(out.String(), "<script>"+script, "", 1)
	g.Expect(page).To(ContainSubstring("owned"))
	g.Expect(page).NotTo(MatchRegexp("[\x00-\x08\x0b-\x1f\x7f-\u009f\u202a-\u202e\u2066-\u2069]|<script"))
}
