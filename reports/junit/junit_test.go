package junit

import (
	"bytes"
	"encoding/xml"
	"flag"
	"os"
	"slices"
	"sort"
	"strings"
	"testing"

	"stalemate/reports/record"

	. "github.com/onsi/gomega"
)

var update = flag.Bool("update", false, "write the golden files anew")

func drawn(t *testing.T) []byte {
	t.Helper()
	events, err := record.ReadFile("../testdata/every-verdict.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Write(&out, record.Summarise(events)); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestGolden(t *testing.T) {
	const path = "../testdata/every-verdict.junit.xml"
	got := drawn(t)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	NewWithT(t).Expect(string(got)).To(Equal(string(want)))
}

func TestCountsAndOrder(t *testing.T) {
	g := NewWithT(t)
	var doc suites
	g.Expect(xml.Unmarshal(drawn(t), &doc)).To(Succeed())
	sum, skipped := suites{}, 0
	var names []string
	for _, one := range doc.Suites {
		names = append(names, one.Name)
		sum.Tests += one.Tests
		sum.Failures += one.Failures
		sum.Errors += one.Errors
		skipped += one.Skipped
		g.Expect(one.Cases).To(HaveLen(one.Tests))
		var cases []string
		for _, tested := range one.Cases {
			cases = append(cases, tested.Name)
			if strings.HasPrefix(tested.Name, "tls/tls.client-hello/trickle") {
				g.Expect(tested.Failure.Type).To(Equal("never"))
				g.Expect(tested.Failure.Message).To(ContainSubstring("open at 25 s (2 of 2); expected absolute 10 s"))
				g.Expect(tested.Failure.Body).To(ContainSubstring("SA_RESTART is set on SIGALRM"))
			}
		}
		g.Expect(sort.StringsAreSorted(cases)).To(BeTrue())
		g.Expect(one.SystemOut != nil).To(Equal(one.Name == "timeouts.edge"), "a log tail where a target failed and has one")
	}
	g.Expect(sort.StringsAreSorted(names)).To(BeTrue())
	g.Expect(doc.Tests).To(Equal(19), "a canary is no cell")
	g.Expect([]int{doc.Tests, doc.Failures, doc.Errors}).To(Equal([]int{sum.Tests, sum.Failures, sum.Errors}))
	g.Expect(doc.Failures).To(Equal(7))
	g.Expect(doc.Errors).To(Equal(2))
	g.Expect(skipped).To(Equal(3))
}

func TestFailuresBelowFailOnPassAndSayWhy(t *testing.T) {
	g := NewWithT(t)
	events, err := record.ReadFile("../testdata/every-verdict.jsonl")
	g.Expect(err).NotTo(HaveOccurred())
	for i := range events {
		if events[i].RunInfo != nil && events[i].Kind == record.RunStarted {
			events[i].RunInfo.FailOn = record.High
		}
	}
	doc := document(record.Summarise(events))
	g.Expect([]int{doc.Tests, doc.Failures, doc.Errors}).To(Equal([]int{19, 4, 2}), "3 of 7 failures are below")
	late, skipped := 0, 0
	for _, one := range doc.Suites {
		skipped += one.Skipped
		for _, tested := range one.Cases {
			if tested.Name != "tls/http.body/trickle" {
				continue
			}
			late++
			g.Expect(tested.Failure).To(BeNil())
			g.Expect(tested.Skipped).To(BeNil(), "it was tested")
			g.Expect(tested.SystemOut.Text).To(HavePrefix("late, low: below --fail-on high, so it does not make the run fail\n" +
				"released 7.5 s after the last byte; expected idle 6 s\nmeasured   7.5 s\n"))
		}
	}
	g.Expect(late).To(Equal(1))
	g.Expect(skipped).To(Equal(3), "none of the failures below is skipped")
}

func TestWhatIsOfTheRunStandsInTheFirstSuiteAlone(t *testing.T) {
	g := NewWithT(t)
	events, err := record.ReadFile("../testdata/every-verdict.jsonl")
	g.Expect(err).NotTo(HaveOccurred())
	s := record.Summarise(events)
	s.Notices = []string{"a waiver has expired"}
	for _, problems := range [][]string{nil, {"the log has no end"}} {
		s.Problems = problems
		doc := document(s)
		g.Expect(len(doc.Suites)).To(BeNumerically(">", 2))
		for i, one := range doc.Suites {
			var names []string
			for _, p := range one.Properties {
				names = append(names, p.Name)
			}
			g.Expect(sort.StringsAreSorted(names)).To(BeTrue())
			if i == 0 {
				g.Expect(names).To(ContainElements("run", "command", "exit", "stalemate", "engine.version", "version.go", "notice.1"))
			} else {
				g.Expect(names).NotTo(ContainElement(BeElementOf("run", "command", "exit", "stalemate", "engine.version", "version.go", "notice.1")), one.Name)
			}
			g.Expect(one.Cases).NotTo(BeEmpty(), "some readers pass over a suite without cases, and its properties with it")
			if one.Name == "timeouts.edge" {
				g.Expect(names).To(ContainElements("image", "image.digest"))
			}
		}
	}
}

func TestASuiteLastsAsLongAsItRuns(t *testing.T) {
	g := NewWithT(t)
	var doc suites
	g.Expect(xml.Unmarshal(drawn(t), &doc)).To(Succeed())
	longest := map[string]float64{}
	for _, one := range doc.Suites {
		for _, tested := range one.Cases {
			longest[one.Name] = max(longest[one.Name], float64(tested.Time))
		}
		g.Expect(float64(one.Time)).To(And(BeNumerically(">=", longest[one.Name]), BeNumerically("<=", float64(doc.Time))),
			"holds wait at the same time: %s takes no longer than the run", one.Name)
		g.Expect(one.File).To(HaveSuffix("target.yaml"))
	}
	g.Expect(longest).To(HaveLen(3))
}

func TestASkippedCaseSaysTheReasonAndNoMeasure(t *testing.T) {
	g := NewWithT(t)
	cell := &record.Cell{Address: "e/t/s/silent", Target: "e", Status: record.Skipped, Plan: record.Plan{Cap: 23}, Judgement: &record.Judgement{
		Verdict: record.NotApplicable, Message: "not-applicable: the server closes after each response", Holds: []record.HoldResult{{}, {}}}}
	tested := newTest("timeouts.e", "", cell)
	g.Expect(tested.Skipped.Message).To(Equal("not-applicable: the server closes after each response"))
	g.Expect(details(cell)).NotTo(ContainSubstring("open at"), "nothing was held")
}

func TestACanaryThatIsNotCaughtIsAnError(t *testing.T) {
	g := NewWithT(t)
	events, err := record.ReadFile("../testdata/every-verdict.jsonl")
	g.Expect(err).NotTo(HaveOccurred())
	events = slices.DeleteFunc(events, func(e record.Event) bool { return e.Kind == record.CanaryChecked })
	var out bytes.Buffer
	g.Expect(Write(&out, record.Summarise(events))).To(Succeed())
	g.Expect(out.String()).To(And(ContainSubstring(`name="whole"`), ContainSubstring(`message="the canary canary/plain/tcp.connected/silent was not checked"`),
		ContainSubstring(`name="canaries" value="0 of 1 caught"`)))
}

func TestProblemsOfTheRunAreNotGreen(t *testing.T) {
	g := NewWithT(t)
	var out bytes.Buffer
	g.Expect(Write(&out, record.Summarise(nil))).To(Succeed())
	g.Expect(out.String()).To(And(ContainSubstring(`classname="stalemate.run" name="whole"`), ContainSubstring("<error"), ContainSubstring("nothing was tested")))
}

func FuzzText(f *testing.F) {
	f.Add("a\x00b\x1b[31m\xff ]]> <&\" \ufffe")
	f.Fuzz(func(t *testing.T, s string) {
		doc, err := xml.Marshal(body{Text: text(s)})
		if err != nil {
			t.Fatal(err)
		}
		var back body
		if err := xml.Unmarshal(doc, &back); err != nil {
			t.Fatalf("%q: %v", doc, err)
		}
	})
}
