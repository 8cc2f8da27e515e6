// Package exhaustion is the suite that takes a server's workers away with connections
// that stay silent and vanish, and asserts that the server comes back.
package exhaustion

import (
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"

	"stalemate/reports/record"
	"stalemate/suites/campaign"
	"stalemate/suites/plan"
)

// Register builds one spec for each wave. All waves run in the campaign; a spec only waits for its own.
func Register(p *plan.Plan, c *campaign.Campaign) bool {
	return Describe(plan.ExhaustionSuite, func() {
		for _, cell := range p.Cells {
			if cell.Plan.Suite == plan.ExhaustionSuite {
				register(cell, c)
			}
		}
	})
}

func register(cell *plan.Cell, c *campaign.Campaign) {
	name := strings.TrimPrefix(cell.Address, cell.Target.Name+"/"+plan.ExhaustionSuite+"/")
	It(cell.Target.Name+" "+name, Label("target:"+cell.Target.Name), func(ctx SpecContext) {
		j, err := c.Result(ctx, cell.Address)
		if err != nil {
			Fail(fmt.Sprintf("inconclusive: %v", err))
		}
		if j.Status != record.Passed {
			Fail(fmt.Sprintf("%s: %s", cell.Address, j.Message))
		}
		AddReportEntry("verdict", ReportEntryVisibilityNever, j.Message)
	})
}
