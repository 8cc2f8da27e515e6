// Package spec is what the Ginkgo specs of all suites have in common: one for each cell, which
// only waits for its own cell while the campaign carries out all of them, so that one failure hides no other.
package spec

import (
	"context"
	"fmt"

	. "github.com/onsi/ginkgo/v2"

	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// Results is who waits for a cell's judgement: the campaign.
type Results interface {
	Result(ctx context.Context, address string) (record.Judgement, error)
}

// Name says what a cell's spec is called within its target, and its labels.
type Name func(cell *plan.Cell) (name string, labels []string)

// Register builds one spec for each cell of a suite, those of a target together.
func Register(p *plan.Plan, results Results, suite string, name Name) bool {
	return Describe(suite, func() {
		for _, t := range p.Targets {
			Context(t.Name, Label("target:"+t.Name), func() {
				for _, cell := range p.Cells {
					if cell.Target == t && cell.Plan.Suite == suite {
						called, labels := name(cell)
						It(called, Label(labels...), func(ctx SpecContext) { await(ctx, cell, results) })
					}
				}
			})
		}
	})
}

// await turns the cell's judgement into what Ginkgo knows.
func await(ctx context.Context, cell *plan.Cell, results Results) {
	j, err := results.Result(ctx, cell.Address)
	if err != nil {
		Fail(fmt.Sprintf("inconclusive: %v", err))
	}
	switch j.Status {
	case record.Passed:
	case record.Skipped:
		Skip(j.Message)
	default:
		Fail(fmt.Sprintf("%s: %s", cell.Address, j.Message))
	}
	AddReportEntry("verdict", ReportEntryVisibilityNever, j.Message)
}
