package html

import (
	"bytes"
	"encoding/xml"
	"os"
	"regexp"
	"strings"
	"testing"

	"stalemate/reports/record"

	. "github.com/onsi/gomega"
)

func every(t *testing.T) record.Summary {
	t.Helper()
	events, err := record.ReadFile("../testdata/every-verdict.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	return record.Summarise(events)
}

func drawn(t *testing.T, s record.Summary) string {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, s); err != nil {
		t.Fatal(err)
	}
	if path := os.Getenv("STALEMATE_HTML_OUT"); path != "" {
		if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

func TestPageHoldsEveryCell(t *testing.T) {
	g := NewWithT(t)
	s := every(t)
	page := drawn(t, s)
	for _, cell := range s.Cells() {
		g.Expect(page).To(ContainSubstring(cell.Address))
	}
	g.Expect(page).To(ContainSubstring("SA_RESTART is set on SIGALRM, the handler ran"))
	g.Expect(page).To(ContainSubstring("/dev/shm/ShM.3c6cH71b2"))
	g.Expect(page).To(ContainSubstring("reused"))
	g.Expect(page).To(ContainSubstring("exit status 1"))
}

func TestPageNeedsNothingElse(t *testing.T) {
	g := NewWithT(t)
	page := drawn(t, every(t))
	for _, foreign := range []string{"<script", "http://", "https://", "<link", "<img", "@import", "ZgotmplZ"} {
		g.Expect(page).NotTo(ContainSubstring(foreign))
	}
	g.Expect(page).To(ContainSubstring("prefers-color-scheme: dark"))
}

func TestWhatServersSayIsEscaped(t *testing.T) {
	g := NewWithT(t)
	s := every(t)
	s.Targets[0].Suites[0].Cells[0].Judgement.Message = `<script>alert(1)</script>`
	s.Targets[0].Name = `"><b>x`
	page := drawn(t, s)
	g.Expect(page).NotTo(ContainSubstring("<script>"))
	g.Expect(page).NotTo(ContainSubstring("<b>x"))
}

func TestDrawingsAreWellFormed(t *testing.T) {
	g := NewWithT(t)
	found := regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(drawn(t, every(t)), -1)
	g.Expect(len(found)).To(BeNumerically(">=", 10))
	for _, svg := range found {
		g.Expect(xml.Unmarshal([]byte(svg), new(struct{}))).To(Succeed(), svg)
		g.Expect(strings.Contains(svg, "NaN") || strings.Contains(svg, `width="-`)).To(BeFalse(), svg)
	}
}

func TestTimelineIsToScale(t *testing.T) {
	g := NewWithT(t)
	at := func(v float64) *float64 { return &v }
	d := timeline(&record.Cell{
		Plan: record.Plan{Cap: 20, Limit: &record.Limit{Kind: record.Absolute, Seconds: 10, TooEarly: 0.25, TooLate: 0.5}},
		Holds: []*record.Hold{
			{ID: "a#1", Attempt: 1, Connected: at(5), Parked: at(5), Released: at(15), By: record.ByFIN},
			{ID: "a#2", Attempt: 1, Connected: at(5), Parked: at(5), Watched: at(25), By: record.ByNothing},
			{ID: "a#3", Attempt: 1, Failed: "refused"},
		},
	})
	g.Expect(d.Bars).To(HaveLen(2))
	g.Expect(d.Bars[0].Width).To(BeNumerically("~", d.Bars[1].Width/2, 0.2))
	g.Expect(d.Bars[0].Open).To(BeFalse())
	g.Expect(d.Bars[1].Open).To(BeTrue())
	g.Expect(*d.Cap).To(BeNumerically("~", d.Bars[1].X+d.Bars[1].Width, 0.2))
	end := d.Bars[0].X + d.Bars[0].Width
	g.Expect(end).To(And(BeNumerically(">", d.Window.X), BeNumerically("<", d.Window.X+d.Window.Width)), "a fired hold ends in the window")
	g.Expect(timeline(&record.Cell{})).To(BeNil())
}

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
	g.Expect(out.String()).To(ContainSubstring("owned"))
	g.Expect(out.String()).NotTo(MatchRegexp("[\x00-\x08\x0b-\x1f\x7f-\u009f\u202a-\u202e\u2066-\u2069]|<script"))
}
