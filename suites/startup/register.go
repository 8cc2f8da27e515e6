package startup

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

// Register builds one spec for each scenario. A spec only waits for its own cell.
func Register(p *plan.Plan, results Results) bool {
	return Describe(plan.StartupSuite, func() {
		for _, t := range p.Targets {
			Context(t.Name, Label("target:"+t.Name), func() {
				for _, cell := range p.Cells {
					if cell.Target == t && cell.Plan.Suite == plan.StartupSuite {
						register(cell, results)
					}
				}
			})
		}
	})
}

func register(cell *plan.Cell, results Results) {
	It(cell.Plan.Scenario, Label("scenario:"+cell.Plan.Scenario), func(ctx SpecContext) {
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
	})
}
