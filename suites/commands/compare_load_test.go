package commands

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/run"
)

// savedLog is the log of a check of every cell of that target file, which judged nothing.
func savedLog(t *testing.T, file string) string {
	t.Helper()
	g := NewWithT(t)
	p, err := run.Load(run.Options{Files: []string{file}})
	g.Expect(err).NotTo(HaveOccurred())
	path := filepath.Join(t.TempDir(), "events.jsonl")
	log, err := record.CreateLog(path, "old", nil)
	g.Expect(err).NotTo(HaveOccurred())
	for _, cell := range p.Cells {
		g.Expect(log.Write(record.Event{Kind: record.CellPlanned, Target: cell.Target.Name, Cell: cell.Address, Plan: &cell.Plan})).To(Succeed())
	}
	g.Expect(log.Publish()).To(Succeed())
	g.Expect(log.Close()).To(Succeed())
	return path
}

func TestOnlyChoosesFromASavedLogToo(t *testing.T) {
	g := NewWithT(t)
	file := planned(t)
	f := &compareFlags{Options: run.Options{Files: []string{file}, Only: "*/http.body"}, candidate: "example/edge:2",
		baselineLog: savedLog(t, file), failOn: anySeverity, repeats: 2}
	c, err := f.load()
	g.Expect(err).NotTo(HaveOccurred())
	var addresses []string
	for _, e := range c.Saved {
		addresses = append(addresses, e.Cell)
	}
	g.Expect(addresses).To(ContainElements("edge/web/http.body/silent", "edge/web/http.body/trickle"))
	g.Expect(addresses).NotTo(ContainElement(HavePrefix("edge/web/http.headers")))
	g.Expect(addresses).To(ContainElement(HavePrefix("canary")))
}

func TestTheBudgetHoldsTheSecondRound(t *testing.T) {
	g := NewWithT(t)
	f := &compareFlags{Options: run.Options{Files: []string{planned(t)}}, candidate: "example/edge:2", failOn: anySeverity, repeats: 2}
	c, err := f.load()
	g.Expect(err).NotTo(HaveOccurred())
	f.budget = c.First.Estimate().AtMost + time.Second
	_, err = f.load()
	g.Expect(err).To(MatchError(And(ContainSubstring("and repeats disagree"), ContainSubstring(c.AtMost().String()))))
	f.budget = c.AtMost()
	_, err = f.load()
	g.Expect(err).NotTo(HaveOccurred())
	var out strings.Builder
	g.Expect(printComparison(&out, c)).To(Succeed())
	g.Expect(out.String()).To(HaveSuffix("holds the cell in as many pods again: at most " + c.AtMost().String() + " in all.\n"))
}

func TestAWrongPatternIsNamedOnce(t *testing.T) {
	g := NewWithT(t)
	code, out := command("compare", "-f", planned(t), "--candidate", "example/edge:2", "--only", "nothing")
	g.Expect(code).To(Equal(ExitUsage))
	g.Expect(strings.Count(out, "matches no cell")).To(Equal(1), out)
}
