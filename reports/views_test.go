package reports

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"stalemate/reports/record"

	. "github.com/onsi/gomega"
)

// counts are what one view says of the run's cells.
type counts struct{ Passed, Failed, Below, Inconclusive, Skipped int }

// everyKind is a log with passes, each kind of failure, inconclusive and skipped cells, failures below --fail-on, a start that fails,
// a server that does not drain, and a hold that a stalled upstream keeps.
func everyKind(t *testing.T) []record.Event {
	t.Helper()
	all := events(t)
	end := all[len(all)-1]
	NewWithT(t).Expect(end.Kind).To(Equal(record.RunEnded))
	all = all[:len(all)-1]
	for _, e := range all {
		if e.Kind == record.RunStarted {
			e.RunInfo.FailOn = record.Medium
		}
	}
	for address, plan := range map[string]record.Plan{
		"proxy/drain/stop":                  {Suite: "drain", Scenario: "stop", Expect: record.Fired, File: "proxy.yaml", Line: 9},
		"proxy/web/upstream.stalled/silent": {Suite: "timeouts", Listener: "web", Stage: "upstream.stalled", Expect: record.Fired, File: "proxy.yaml", Line: 7},
	} {
		for _, e := range []record.Event{{Kind: record.CellPlanned, Plan: &plan}, {Kind: record.CellJudged, Verdict: &record.Judgement{
			Verdict: record.Never, Expect: record.Fired, Status: record.Failed, Severity: record.High, Message: "never: the connection stayed open"}}} {
			e.Run, e.T, e.Target, e.Cell = end.Run, end.T-1, "proxy", address
			all = append(all, e)
		}
	}
	return append(all, end)
}

func TestEveryViewReadBackHasTheSameCounts(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	var screen bytes.Buffer
	o := Options{JUnit: dir + "/j.xml", JSON: dir + "/j.json", HTML: dir + "/j.html", Summary: dir + "/s.md", SARIF: dir + "/s.sarif", CTRF: dir + "/c.json",
		Annotations: GitHub, Terminal: &screen}
	s, err := Render(everyKind(t), o)
	g.Expect(err).NotTo(HaveOccurred())
	want := counts{Passed: 7, Failed: 8, Below: 1, Inconclusive: 2, Skipped: 3}
	totals := s.Totals()
	g.Expect(counts{totals.Passed, totals.Failed, totals.Below, totals.Inconclusive, totals.Skipped}).To(Equal(want))
	for name, got := range map[string]counts{
		"JSON": ofJSON(t, o.JSON), "CTRF": ofCTRF(t, o.CTRF), "SARIF": ofSARIF(t, o.SARIF), "Markdown": ofMarkdown(t, o.Summary), "HTML": ofHTML(t, o.HTML),
		"JUnit as Jenkins reads it": ofJenkins(t, o.JUnit), "JUnit as GitLab reads it": ofGitLab(t, o.JUnit), "JUnit as GitHub's actions read it": ofGitHub(t, o.JUnit),
	} {
		g.Expect(got).To(Equal(want), name)
	}
	g.Expect(screen.String()).To(ContainSubstring("FAIL  21 cells and 1 canary"))
	g.Expect(screen.String()).To(MatchRegexp(`(?s)^::error .*FAIL  21 cells`), "the verdict is last")
	g.Expect(strings.Count(screen.String(), "::error ")).To(Equal(want.Failed+want.Inconclusive), "10 errors are all that GitHub shows of a step")
	g.Expect(strings.Count(screen.String(), "::warning ")).To(Equal(want.Below))
}

func decode(t *testing.T, path string, into any) {
	t.Helper()
	g := NewWithT(t)
	text, err := os.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	if strings.HasSuffix(path, ".xml") {
		g.Expect(xml.Unmarshal(text, into)).To(Succeed(), path)
		return
	}
	g.Expect(json.Unmarshal(text, into)).To(Succeed(), path)
}

func ofJSON(t *testing.T, path string) counts {
	var doc struct {
		Targets []struct {
			Suites []struct {
				Cells []struct {
					Status string
					Plan   struct{ Canary bool }
					Below  bool `json:"below_fail_on"`
				}
			}
		}
	}
	decode(t, path, &doc)
	var c counts
	for _, target := range doc.Targets {
		for _, suite := range target.Suites {
			for _, cell := range suite.Cells {
				if !cell.Plan.Canary {
					c.add(cell.Status, cell.Below)
				}
			}
		}
	}
	return c
}

func (c *counts) add(status string, below bool) {
	switch {
	case below:
		c.Below++
	case status == "passed":
		c.Passed++
	case status == "failed":
		c.Failed++
	case status == "skipped":
		c.Skipped++
	default:
		c.Inconclusive++
	}
}

func ofHTML(t *testing.T, path string) counts {
	text, err := os.ReadFile(path)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	var c counts
	for _, row := range regexp.MustCompile(`(?s)<tr id="c-([^/]*)[^"]*" class="([a-z]+)">(.*?)</tr>`).FindAllStringSubmatch(string(text), -1) {
		if row[1] != "canary" {
			c.add(strings.NewReplacer("declared", "passed").Replace(row[2]), strings.Contains(row[3], "(below --fail-on)"))
		}
	}
	cards := strings.Count(string(text), `id="f-`)
	NewWithT(t).Expect(cards).To(Equal(c.Failed + c.Below + c.Inconclusive))
	return c
}

func ofCTRF(t *testing.T, path string) counts {
	var doc struct {
		Results struct {
			Summary struct {
				Tests, Passed, Failed, Skipped, Pending, Other int
				Extra                                          struct{ BelowFailOn int }
			}
			Tests []struct{ Status string }
		}
	}
	decode(t, path, &doc)
	sum := doc.Results.Summary
	of := map[string]int{}
	for _, one := range doc.Results.Tests {
		of[one.Status]++
	}
	g := NewWithT(t)
	g.Expect(of).To(Equal(map[string]int{"passed": sum.Passed, "failed": sum.Failed, "skipped": sum.Skipped, "other": sum.Other}))
	g.Expect(sum.Tests).To(Equal(len(doc.Results.Tests)))
	return counts{Passed: sum.Passed - sum.Extra.BelowFailOn, Failed: sum.Failed, Below: sum.Extra.BelowFailOn, Inconclusive: sum.Other, Skipped: sum.Skipped}
}

func ofSARIF(t *testing.T, path string) counts {
	var doc struct {
		Runs []struct {
			Tool struct {
				Driver struct{ Rules []struct{ ID string } }
			}
			Results []struct {
				Level, RuleID string
				RuleIndex     int
			}
			Properties map[string]int
		}
	}
	decode(t, path, &doc)
	of := map[string]int{}
	for _, one := range doc.Runs[0].Results {
		of[one.Level]++
		NewWithT(t).Expect(doc.Runs[0].Tool.Driver.Rules[one.RuleIndex].ID).To(Equal(one.RuleID))
	}
	p := doc.Runs[0].Properties
	return counts{Passed: p["passed"], Failed: of["error"], Below: of["note"], Inconclusive: of["warning"], Skipped: p["skipped"]}
}

func ofMarkdown(t *testing.T, path string) counts {
	text, err := os.ReadFile(path)
	g := NewWithT(t)
	g.Expect(err).NotTo(HaveOccurred())
	row := regexp.MustCompile(`(?m)^\| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|`).FindStringSubmatch(string(text))
	g.Expect(row).To(HaveLen(7), string(text))
	n := make([]int, len(row))
	for i := 1; i < len(row); i++ {
		n[i], _ = strconv.Atoi(row[i])
	}
	g.Expect(n[1]).To(Equal(n[2] + n[3] + n[4] + n[5] + n[6]))
	rows := strings.Count(string(text), "\n| `") // one for each cell that is not as it should be
	g.Expect(rows).To(Equal(n[3] + n[4] + n[5]))
	return counts{Passed: n[2], Failed: n[3], Below: n[4], Inconclusive: n[5], Skipped: n[6]}
}
