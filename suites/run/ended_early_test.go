package run

import (
	"bytes"
	"context"
	"errors"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// What is measured while the pods are being removed says nothing of the server, good or bad.
func TestACellThatTheEndOfTheRunCutShortSaysSo(t *testing.T) {
	g := NewWithT(t)
	var out bytes.Buffer
	var cells []*plan.Cell
	for _, name := range []string{"before", "failed", "passed", "rest"} {
		cells = append(cells, &plan.Cell{Address: "a/web/" + name + "/silent", Target: &target.Target{Name: "a"}, Plan: record.Plan{Expect: record.Fired}})
	}
	e := NewExecution(Config{Log: record.NewLog(&out, "r", nil), Plan: &plan.Plan{Cells: cells}})
	ctx, cancel := context.WithCancelCause(t.Context())
	e.ended.Store(func() error { return context.Cause(ctx) }) // as Start does
	e.judge(cells[0], record.Judgement{Verdict: record.Never, Status: record.Failed})
	cancel(errors.New("interrupted"))
	e.judge(cells[1], record.Judgement{Verdict: record.Crashed, Status: record.Failed})
	e.judge(cells[2], record.Judgement{Verdict: record.Fired, Status: record.Passed})
	e.judgeRest()
	for i, cell := range cells {
		j, err := e.Result(t.Context(), cell.Address)
		g.Expect(err).NotTo(HaveOccurred())
		if i == 0 {
			g.Expect(j.Verdict).To(Equal(record.Never), "it was judged before")
			continue
		}
		g.Expect(j.Status).To(Equal(record.Unknown))
		g.Expect(j.Message).To(Equal("inconclusive: interrupted before this cell was judged"))
	}
}
