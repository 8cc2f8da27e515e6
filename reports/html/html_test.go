package html

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"html"
	"math"
	"os"
	"regexp"
	"strconv"
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
	g.Expect(strings.Count(page, "<script")).To(Equal(1), "stalemate's own, which only filters and copies")
	sum := sha256.Sum256([]byte(script))
	g.Expect(page).To(ContainSubstring("script-src &#39;sha256-"+html.EscapeString(base64.StdEncoding.EncodeToString(sum[:]))), "and the browser runs no other")
	g.Expect(page).To(ContainSubstring(script), "as it was hashed")
	for _, foreign := range []string{"http://", "https://", "<link", "<img", "@import", "ZgotmplZ", "fetch(", "XMLHttp"} {
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
	g.Expect(page).NotTo(ContainSubstring("<script>alert"))
	g.Expect(page).NotTo(ContainSubstring("<b>x"))
}

func TestDrawingsAreWellFormed(t *testing.T) {
	g := NewWithT(t)
	found := regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(drawn(t, every(t)), -1)
	g.Expect(len(found)).To(BeNumerically(">=", 10))
	for _, svg := range found {
		decoder := xml.NewDecoder(strings.NewReader(svg))
		decoder.Strict = false // HTML needs no quotes around a word
		g.Expect(decoder.Decode(new(struct{}))).To(Succeed(), svg)
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

// Waves and starts have pictures of their own.
func TestAHealthyWaveHasNoRedBars(t *testing.T) {
	g := NewWithT(t)
	at := func(v float64) *float64 { return &v }
	yes, no := true, false
	cell := &record.Cell{Address: "edge/exhaustion/slapper", Target: "edge", Status: record.Passed, Plan: record.Plan{Suite: "exhaustion", Scenario: "slapper",
		Limit: &record.Limit{Kind: record.Max, Seconds: 10}}, Judgement: &record.Judgement{Verdict: record.Fired, Status: record.Passed, Took: 12},
		Notes: []record.NoteAt{{At: 0, Served: &yes}, {At: 2, Served: &no}, {At: 9, Served: &yes}}}
	for i := range 25 {
		// The clients vanished, so the client's end never saw a release; the server freed its worker.
		cell.Holds = append(cell.Holds, &record.Hold{ID: "w", Attempt: 1, Connected: at(1 + float64(i)/10), Proven: at(1.1 + float64(i)/10), Watched: at(12), WorkerFreed: at(8), By: record.ByNothing})
	}
	page := drawn(t, record.Summary{Head: record.Head{Run: "r"}, Targets: []*record.Target{{Name: "edge", Suites: []*record.Suite{{Name: "exhaustion", Cells: []*record.Cell{cell}}}}}})
	g.Expect(page).NotTo(Or(ContainSubstring(`class="bar open"`), ContainSubstring(`class="b o"`)))
	g.Expect(page).To(And(ContainSubstring("connections that a worker holds, at most 25"), ContainSubstring("at the end 0 are.")))
	g.Expect(strings.Count(page, `<rect class="served"`)).To(Equal(2))
	g.Expect(strings.Count(page, `<rect class="refused"`)).To(Equal(1))
}

func TestNothingThatWasNotHeldIsDrawnAsOpen(t *testing.T) {
	g := NewWithT(t)
	at := func(v float64) *float64 { return &v }
	cell := &record.Cell{Plan: record.Plan{Cap: 23}, Holds: []*record.Hold{{ID: "a", Connected: at(1), Failed: "connection reset"}}}
	d := timeline(cell)
	g.Expect(d.Bars[0].Open).To(BeFalse())
	g.Expect(d.Bars[0].Width).To(BeNumerically("<=", 1))
	g.Expect(d.Bars[0].Label).To(Equal("no end was seen"))
	cell.Holds[0].Released, cell.Judgement = at(2), &record.Judgement{Verdict: record.NotApplicable}
	g.Expect(timeline(cell)).To(BeNil())
}

func TestThePageOpensOnWhatFailed(t *testing.T) {
	g := NewWithT(t)
	page := drawn(t, every(t))
	g.Expect(strings.Index(page, `id="red"`)).To(BeNumerically("<", strings.Index(page, `id="matrix"`)))
	g.Expect(strings.Count(page, `<details class="cell failed" id="f-`)).To(Equal(7))
	g.Expect(strings.Count(page, `<details class="cell inconclusive" id="f-`)).To(Equal(2))
	first := regexp.MustCompile(`<details class="cell [a-z]+" id="f-([^"]*)"`).FindStringSubmatch(page)
	g.Expect(first[1]).To(Equal("vintage/startup/reload"), "the only critical one")
	for _, id := range regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(page, -1) {
		g.Expect(strings.Contains(page, `id="`+id[1]+`"`)).To(BeTrue(), "each link leads somewhere: %s", id[1])
	}
	g.Expect(page).To(ContainSubstring("OPS-12, expires 2027-01-31 (132 days left)"))
	ids := map[string]bool{}
	for _, id := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		g.Expect(ids).NotTo(HaveKey(id[1]))
		ids[id[1]] = true
	}
}

func TestTheMatrixShowsTheWorstOfAStage(t *testing.T) {
	g := NewWithT(t)
	for _, m := range matrices(every(t)) {
		if m.Suite != "timeouts" {
			continue
		}
		row := m.Rows[0]
		g.Expect(row.Name).To(Equal("edge tls"))
		g.Expect(m.Columns[0]).To(Equal("tls.client-hello"))
		g.Expect(row.Cells[0].Address).To(Equal("edge/tls/tls.client-hello/trickle"), "silent fired, trickle never did")
		return
	}
	t.Fatal("no matrix of timeouts")
}

// Words must be readable: WCAG 2 asks for a contrast of 4.5.
func TestContrast(t *testing.T) {
	g := NewWithT(t)
	schemes := regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllStringSubmatch(style, 2)
	g.Expect(schemes).To(HaveLen(2), "light and dark")
	for _, scheme := range schemes {
		colour := map[string]float64{}
		for _, one := range regexp.MustCompile(`--([a-z]+): #([0-9a-f]{3}|[0-9a-f]{6});`).FindAllStringSubmatch(scheme[1], -1) {
			colour[one[1]] = luminance(one[2])
		}
		for _, ink := range []string{"ink", "faint", "passed", "failed", "inconclusive", "declared", "skipped"} {
			for _, ground := range []string{"paper", "panel"} {
				high, low := max(colour[ink], colour[ground]), min(colour[ink], colour[ground])
				g.Expect((high+0.05)/(low+0.05)).To(BeNumerically(">=", 4.5), "%s on %s", ink, ground)
			}
		}
	}
}

// luminance is the relative luminance of WCAG 2.
func luminance(hex string) float64 {
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, _ := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

// make check has some 1,100 cells, and its page must stay below 1 MB: a cell that passed may take 700 bytes.
func TestACellThatPassedIsSmall(t *testing.T) {
	g := NewWithT(t)
	at := func(v float64) *float64 { return &v }
	target := &record.Target{Name: "apache-event-handshake"}
	suite := &record.Suite{Name: "timeouts"}
	for i := range 1000 {
		result := record.HoldResult{Released: at(10), By: record.ByFIN, Worker: at(0.1)}
		suite.Cells = append(suite.Cells, &record.Cell{Address: fmt.Sprintf("apache-event-handshake/tls13/tls.client-hello-%d/silent", i), Target: target.Name, Status: record.Passed,
			Plan: record.Plan{Suite: "timeouts", Stage: "tls.client-hello", Listener: "tls13", Cap: 20, File: "fixtures/apache-event-handshake/target.yaml", Expect: record.Fired,
				Limit: &record.Limit{Kind: record.Absolute, Seconds: 10, TooEarly: 0.25, TooLate: 0.5, By: "RequestReadTimeout header=", Source: "fixtures/apache-event-handshake/target.yaml:19"}},
			Judgement: &record.Judgement{Verdict: record.Fired, Message: strings.Repeat("m", 200), Holds: []record.HoldResult{result, result}},
			Holds: []*record.Hold{{ID: "a", Connected: at(5), Parked: at(5.1), Released: at(15), WorkerFreed: at(15.1)},
				{ID: "b", Connected: at(5), Parked: at(5.1), Released: at(15), WorkerFreed: at(15.1)}}})
	}
	target.Suites = []*record.Suite{suite}
	g.Expect(len(drawn(t, record.Summary{Targets: []*record.Target{target}}))).To(BeNumerically("<", 700_000))
}
