package reports

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"stalemate/reports/record"

	. "github.com/onsi/gomega"
)

func events(t *testing.T) []record.Event {
	t.Helper()
	events, err := record.ReadFile("testdata/every-verdict.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// passing is the log with the judgements of its red cells turned green and the missing one given.
func passing(t *testing.T) []record.Event {
	t.Helper()
	all := events(t)
	var end record.Event
	var out []record.Event
	for _, event := range all {
		if event.Kind == record.CellJudged && event.Verdict.Status != record.Passed && event.Verdict.Status != record.Skipped {
			good := *event.Verdict
			good.Verdict, good.Status = good.Expect, record.Passed
			event.Verdict = &good
		}
		if event.Kind == record.RunEnded {
			end = event
			continue
		}
		out = append(out, event)
	}
	out = append(out, record.Event{Run: end.Run, T: end.T - 1, Kind: record.CellJudged, Target: "edge", Cell: "edge/tls/http.request-line/silent",
		Verdict: &record.Judgement{Verdict: record.Fired, Expect: record.Fired, Status: record.Passed}})
	end.RunInfo = &record.RunInfo{}
	return append(out, end)
}

func TestRenderWritesEveryView(t *testing.T) {
	g := NewWithT(t)
	dir := filepath.Join(t.TempDir(), "out")
	var screen bytes.Buffer
	o := Options{JUnit: dir + "/junit.xml", JSON: dir + "/report.json", HTML: dir + "/report.html", Log: "log.jsonl", Terminal: &screen}
	s, err := Render(events(t), o)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(s.Exit()).To(Equal(1))
	for _, path := range []string{o.JUnit, o.JSON, o.HTML} {
		held, err := os.ReadFile(path)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(string(held)).To(ContainSubstring("SA_RESTART is set on SIGALRM"))
		g.Expect(screen.String()).To(ContainSubstring("\n  " + path + "\n"))
	}
	files, err := os.ReadDir(dir)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(files).To(HaveLen(3), "nothing but the reports is left")
}

func TestEveryViewCountsCellsAndCanariesAlike(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	var screen bytes.Buffer
	o := Options{JUnit: dir + "/junit.xml", HTML: dir + "/report.html", Terminal: &screen}
	_, err := Render(events(t), o)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(screen.String()).To(ContainSubstring("FAIL  19 cells and 1 canary: "))
	page, err := os.ReadFile(o.HTML)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(page)).To(ContainSubstring("19 cells and 1 canary in 42.0 s"))
	junit, err := os.ReadFile(o.JUnit)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(junit)).To(And(ContainSubstring(`tests="19"`), ContainSubstring(`name="planned" value="19 cells and 1 canary"`)))
}

func TestOneViewThatFailsHidesNoOther(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	g.Expect(os.WriteFile(dir+"/file", nil, 0o600)).To(Succeed())
	var screen bytes.Buffer
	_, err := Render(events(t), Options{JUnit: dir + "/file/junit.xml", JSON: dir + "/report.json", Terminal: &screen})
	g.Expect(err).To(MatchError(ContainSubstring("file/junit.xml")))
	g.Expect(dir + "/report.json").To(BeARegularFile())
	g.Expect(screen.String()).To(ContainSubstring("report.json"))
	g.Expect(screen.String()).NotTo(ContainSubstring("junit.xml"))
}

// The views cannot disagree: each names the same exit status, whichever judgement is taken from a green log.
func TestALostJudgementTurnsEveryViewRed(t *testing.T) {
	all := passing(t)
	g := NewWithT(t)
	g.Expect(record.Summarise(all).Exit()).To(Equal(0), strings.Join(record.Summarise(all).Problems, "\n"))
	lost := 0
	for i, event := range all {
		if event.Kind != record.CellJudged || strings.HasPrefix(event.Cell, "canary/") {
			continue
		}
		lost++
		t.Run(event.Cell, func(t *testing.T) {
			g := NewWithT(t)
			path := t.TempDir() + "/junit.xml"
			var screen bytes.Buffer
			rest := append(append([]record.Event{}, all[:i]...), all[i+1:]...)
			s, err := Render(rest, Options{JUnit: path, Terminal: &screen})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(s.Exit()).To(Equal(3))
			g.Expect(screen.String()).To(MatchRegexp(`(?s)INCONCLUSIVE  19 cells.*exit 3`))
			held, err := os.ReadFile(path)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(regexp.MustCompile(`<testsuites [^>]*errors="1"`).Match(held)).To(BeTrue())
			g.Expect(string(held)).To(ContainSubstring("no-judgement"))
		})
	}
	g.Expect(lost).To(Equal(19))
}

// A service's image is told apart from the server's own, and is no side of a comparison.
func TestTheImageOfAServiceIsShown(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	o := Options{JUnit: dir + "/junit.xml", HTML: dir + "/report.html"}
	service := record.Event{Run: "r1", T: 2, Kind: record.ImageReady, Target: "edge",
		Image: &record.Image{Ref: "example/app:1", ID: "sha256:1f2e", Service: "app"}}
	all := events(t)
	service.Run = all[0].Run
	_, err := Render(append(all[:1:1], append([]record.Event{service}, all[1:]...)...), o)
	g.Expect(err).NotTo(HaveOccurred())
	text, err := os.ReadFile(o.JUnit)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(text)).To(ContainSubstring(`<property name="service.app.image" value="example/app:1">`))
	text, err = os.ReadFile(o.HTML)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(text)).To(ContainSubstring(`<div>app: <code>example/app:1</code>`))
}
