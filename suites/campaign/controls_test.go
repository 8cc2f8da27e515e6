package campaign

import (
	"bytes"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/fixtures"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// A failure that was expected, and seen, proves nothing where its control does not run.
func TestAReproductionWithoutItsControlIsInconclusive(t *testing.T) {
	g := NewWithT(t)
	var out bytes.Buffer
	cell := &plan.Cell{Address: "bad/web/http.body/silent", Target: &fixtures.Target{Name: "bad"},
		Plan: record.Plan{Expect: record.Never, Controls: []string{"good/web/http.body/silent"}}}
	c := New(Config{Log: record.NewLog(&out, "r", nil), Plan: &plan.Plan{Cells: []*plan.Cell{cell}}})
	c.judged(cell, record.Judgement{Verdict: record.Never, Status: record.Passed, Message: "never: measured no release"})
	c.pending.Wait()
	j, err := c.Result(t.Context(), cell.Address)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(j.Status).To(Equal(record.Unknown), j.Message)
	g.Expect(j.Message).To(ContainSubstring("its control good/web/http.body/silent is not in this run"))
}
