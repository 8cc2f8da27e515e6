package run

import (
	"bytes"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// A hang that was expected and seen proves nothing without its control.
func TestAReproductionWithoutItsControlIsInconclusive(t *testing.T) {
	g := NewWithT(t)
	var out bytes.Buffer
	cell := &plan.Cell{Address: "bad/web/http.body/silent", Target: &target.Target{Name: "bad"},
		Plan: record.Plan{Expect: record.Never, Controls: []string{"good/web/http.body/silent"}}}
	c := NewExecution(Config{Log: record.NewLog(&out, "r", nil), Plan: &plan.Plan{Cells: []*plan.Cell{cell}}})
	c.judge(cell, record.Judgement{Verdict: record.Never, Status: record.Passed, Message: "never: measured no release"})
	c.pending.Wait()
	j, err := c.Result(t.Context(), cell.Address)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(j.Status).To(Equal(record.Unknown), j.Message)
	g.Expect(j.Message).To(ContainSubstring("the control good/web/http.body/silent is not in this run"))
}
