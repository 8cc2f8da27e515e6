package commands

import (
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/session"
)

// savedLog is the log of a check of every cell of that target file, which judged nothing.
func savedLog(t *testing.T, file string) string {
	t.Helper()
	g := NewWithT(t)
	p, err := session.Load(session.Options{Files: []string{file}})
	g.Expect(err).NotTo(HaveOccurred())
	path := filepath.Join(t.TempDir(), "events.jsonl")
	log, err := record.CreateLog(path, "old", nil)
	g.Expect(err).NotTo(HaveOccurred())
	for _, cell := range p.Cells {
		g.Expect(log.Write(record.Event{Kind: record.CellPlanned, Target: cell.Target.Name, Cell: cell.Address, Plan: &cell.Plan})).To(Succeed())
	}
	g.Expect(log.Close()).To(Succeed())
	return path
}

func TestOnlyChoosesFromASavedLogToo(t *testing.T) {
	g := NewWithT(t)
	file := planned(t)
	f := &compareFlags{Options: session.Options{Files: []string{file}, Only: "*/http.body"}, candidate: "example/edge:2",
		baselineLog: savedLog(t, file), failOn: anySeverity, repeats: 2}
	c, err := f.load()
	g.Expect(err).NotTo(HaveOccurred())
	var addresses []string
	for _, e := range c.saved {
		addresses = append(addresses, e.Cell)
	}
	g.Expect(addresses).To(ContainElements("edge/web/http.body/silent", "edge/web/http.body/trickle"))
	g.Expect(addresses).NotTo(ContainElement(HavePrefix("edge/web/http.headers")))
	g.Expect(addresses).To(ContainElement(HavePrefix("canary")))
}
