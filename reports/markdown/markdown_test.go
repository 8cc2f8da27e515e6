package markdown

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"stalemate/reports/record"

	. "github.com/onsi/gomega"
)

func drawn(t *testing.T, s record.Summary) string {
	t.Helper()
	var out bytes.Buffer
	NewWithT(t).Expect(Write(&out, s)).To(Succeed())
	return out.String()
}

func TestSummaryNamesWhatFailedAndWhere(t *testing.T) {
	g := NewWithT(t)
	events, err := record.ReadFile("../testdata/every-verdict.jsonl")
	g.Expect(err).NotTo(HaveOccurred())
	page := drawn(t, record.Summarise(events))
	g.Expect(page).To(HavePrefix("## stalemate: FAIL\n"))
	g.Expect(page).To(ContainSubstring("| `edge/tls/tls.client-hello/trickle` | never, high | open at 25 s \\(2 of 2\\); expected absolute 10 s"))
	g.Expect(page).To(ContainSubstring("To repeat the first one: `stalemate check -f fixtures/edge/target.yaml --only"))
	g.Expect(page).To(ContainSubstring("- `edge/web/http.headers/silent` waived: old load balancer, OPS-12"))
	g.Expect(strings.Index(page, "### Failed")).To(BeNumerically("<", strings.Index(page, "### Inconclusive")))
}

func TestWhatServersSayIsNoMarkdown(t *testing.T) {
	g := NewWithT(t)
	text := inline("a|b\n<img src=x> ![x](http://y) @team `c` \x1b[1m")
	g.Expect(text).To(Equal("a\\|b \\<img src=x\\> \\!\\[x\\]\\(http\\://y\\) @\u200bteam \\`c\\` \\[1m"))
	g.Expect(code("a`b|c")).To(Equal("`a'b\\|c`"))
	g.Expect(inline(strings.Repeat("é", longest))).To(HaveSuffix("é ..."))
}

func TestASummaryHasAnEnd(t *testing.T) {
	g := NewWithT(t)
	var cells []*record.Cell
	for i := range 5000 {
		cells = append(cells, &record.Cell{Address: fmt.Sprintf("edge/%d", i), Target: "edge", Status: record.Failed,
			Judgement: &record.Judgement{Verdict: record.Never, Message: strings.Repeat("x", 5000)}})
	}
	page := drawn(t, record.Summary{Targets: []*record.Target{{Suites: []*record.Suite{{Cells: cells}}}}})
	g.Expect(len(page)).To(BeNumerically("<", 100_000), "GitHub takes 1 MiB")
	g.Expect(page).To(ContainSubstring("4900 more are in the other reports."))
}
