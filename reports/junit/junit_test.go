package junit

import (
	"bytes"
	"encoding/xml"
	"flag"
	"io"
	"os"
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

// The elements that the JUnit schema of Jenkins and Surefire knows: which stand in which, and their attributes.
var schema = map[string]struct {
	in   []string
	must []string
	may  []string
}{
	"testsuites": {in: []string{""}, must: []string{"name", "tests", "failures", "errors", "skipped", "time"}},
	"testsuite":  {in: []string{"testsuites"}, must: []string{"name", "tests", "failures", "errors", "skipped", "time"}, may: []string{"timestamp"}},
	"properties": {in: []string{"testsuite"}},
	"property":   {in: []string{"properties"}, must: []string{"name", "value"}},
	"testcase":   {in: []string{"testsuite"}, must: []string{"classname", "name", "time"}},
	"failure":    {in: []string{"testcase"}, must: []string{"type", "message"}},
	"error":      {in: []string{"testcase"}, must: []string{"type", "message"}},
	"skipped":    {in: []string{"testcase"}, must: []string{"message"}},
	"system-out": {in: []string{"testsuite", "testcase"}},
}

func TestStructure(t *testing.T) {
	g := NewWithT(t)
	decoder := xml.NewDecoder(bytes.NewReader(drawn(t)))
	path := []string{""}
	seen := map[string]bool{}
	outcome := 0
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		}
		g.Expect(err).NotTo(HaveOccurred())
		switch at := token.(type) {
		case xml.StartElement:
			name := at.Name.Local
			rule, ok := schema[name]
			g.Expect(ok).To(BeTrue(), "element %s", name)
			g.Expect(rule.in).To(ContainElement(path[len(path)-1]), "%s stands in %v", name, path)
			attributes := map[string]string{}
			for _, attribute := range at.Attr {
				attributes[attribute.Name.Local] = attribute.Value
				g.Expect(append(rule.must, rule.may...)).To(ContainElement(attribute.Name.Local), "attribute of %s", name)
			}
			for _, must := range rule.must {
				g.Expect(attributes).To(HaveKey(must), "attribute of %s", name)
			}
			switch name {
			case "testcase":
				outcome = 0
				key := attributes["classname"] + " " + attributes["name"]
				g.Expect(seen).NotTo(HaveKey(key))
				seen[key] = true
			case "failure", "error", "skipped":
				outcome++
				g.Expect(outcome).To(Equal(1), "one outcome for a case")
				g.Expect(attributes["message"]).NotTo(BeEmpty())
			}
			path = append(path, name)
		case xml.EndElement:
			path = path[:len(path)-1]
		}
	}
	g.Expect(seen).To(HaveLen(20), "19 cells and a canary")
	g.Expect(seen).To(HaveKey("timeouts.edge tls/tls.client-hello/trickle"))
	g.Expect(seen).To(HaveKey("startup.vintage startup/unclean-same-pid"))
}

func TestCountsAndOrder(t *testing.T) {
	g := NewWithT(t)
	var doc suites
	g.Expect(xml.Unmarshal(drawn(t), &doc)).To(Succeed())
	sum := suites{}
	var names []string
	for _, one := range doc.Suites {
		names = append(names, one.Name)
		sum.Tests += one.Tests
		sum.Failures += one.Failures
		sum.Errors += one.Errors
		sum.Skipped += one.Skipped
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
	g.Expect(doc.Tests).To(Equal(20))
	g.Expect([]int{doc.Tests, doc.Failures, doc.Errors, doc.Skipped}).To(Equal([]int{sum.Tests, sum.Failures, sum.Errors, sum.Skipped}))
	g.Expect(doc.Failures).To(Equal(7))
	g.Expect(doc.Errors).To(Equal(2))
	g.Expect(doc.Skipped).To(Equal(3))
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
	g.Expect([]int{doc.Tests, doc.Failures, doc.Errors, doc.Skipped}).To(Equal([]int{20, 4, 2, 3}), "3 of 7 failures are below, and none of them is skipped")
	late := 0
	for _, one := range doc.Suites {
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
