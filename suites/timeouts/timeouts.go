// Package timeouts is the suite that parks connections and asserts that the
// server's limits end them, on time and on both sides.
package timeouts

import (
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"

	"stalemate/reports/record"
	"stalemate/suites/campaign"
	"stalemate/suites/plan"
)

// Register builds one spec for each cell. All holds wait at the same time, in
// the campaign; a spec only waits for its own cell, so one failure hides no other.
func Register(p *plan.Plan, c *campaign.Campaign) bool {
	return Describe(plan.TimeoutSuite, func() {
		for _, t := range p.Targets {
			Context(t.Name, Label("target:"+t.Name), func() {
				for _, cell := range p.Cells {
					if cell.Target == t && cell.Plan.Suite == plan.TimeoutSuite {
						register(cell, c)
					}
				}
			})
		}
	})
}

func register(cell *plan.Cell, c *campaign.Campaign) {
	name := strings.TrimPrefix(cell.Address, cell.Target.Name+"/")
	It(name, Label("stage:"+cell.Stage.Name, "mode:"+string(cell.Mode)), func(ctx SpecContext) {
		j, err := c.Result(ctx, cell.Address)
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
