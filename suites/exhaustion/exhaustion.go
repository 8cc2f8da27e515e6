// Package exhaustion is the suite that takes a server's workers away with connections
// that stay silent and vanish, and asserts that the server comes back.
package exhaustion

import (
	"stalemate/suites/plan"
	"stalemate/suites/spec"
)

// Register builds one spec for each wave. All waves run in the campaign.
func Register(p *plan.Plan, results spec.Results) bool {
	return spec.Register(p, results, plan.ExhaustionSuite, func(cell *plan.Cell) (string, []string) {
		return cell.Plan.Scenario, []string{"scenario:" + cell.Plan.Scenario}
	})
}
