package annotations

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"stalemate/reports/record"

	. "github.com/onsi/gomega"
)

func failing(n int) record.Summary {
	var cells []*record.Cell
	for i := range n {
		cells = append(cells, &record.Cell{Address: fmt.Sprintf("edge/web/http.body/%d", i), Target: "edge", Status: record.Failed,
			Plan:      record.Plan{Suite: "timeouts", File: "dir,a/edge.yaml", Line: 12},
			Judgement: &record.Judgement{Verdict: record.Never, Severity: record.Low, Message: "never: 100 % open\n::error::a server says\x1b[31m"}})
	}
	return record.Summary{Targets: []*record.Target{{Suites: []*record.Suite{{Name: "timeouts", Cells: cells}}}}}
}

func drawn(t *testing.T, s record.Summary) []string {
	t.Helper()
	var out bytes.Buffer
	NewWithT(t).Expect(GitHub(&out, s)).To(Succeed())
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
}

func TestAnAnnotationIsOneCommandWhateverAServerSays(t *testing.T) {
	g := NewWithT(t)
	lines := drawn(t, failing(1))
	g.Expect(lines).To(HaveLen(1))
	g.Expect(lines[0]).To(HavePrefix("::error file=dir%2Ca/edge.yaml,line=12,title=never%2C low%3A edge/web/http.body/0::100 %25 open%0A::error::a server says[31m%0Aagain: stalemate check"))
}

func TestOfManyErrorsTheWorstAreShownAndTheOthersCounted(t *testing.T) {
	g := NewWithT(t)
	s := failing(30)
	s.Targets[0].Suites[0].Cells[29].Judgement.Severity = record.Critical
	lines := drawn(t, s)
	g.Expect(lines).To(HaveLen(10))
	g.Expect(lines[0]).To(ContainSubstring("critical"))
	g.Expect(lines[9]).To(Equal("::error title=stalemate::and 21 more: the other reports have them all"))
}

func TestGitHubReadsNoCommandInFencedText(t *testing.T) {
	g := NewWithT(t)
	var out bytes.Buffer
	err := Fenced(&out, "TOKEN", func() error { out.WriteString("::add-mask::x\n"); return errors.New("full") })
	g.Expect(err).To(MatchError("full"))
	g.Expect(out.String()).To(Equal("::stop-commands::TOKEN\n::add-mask::x\n::TOKEN::\n"))
}
