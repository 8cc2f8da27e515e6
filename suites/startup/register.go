package startup

import (
	"stalemate/suites/plan"
	"stalemate/suites/spec"
)

// Register builds one spec for each scenario.
func Register(p *plan.Plan, results spec.Results) bool {
	return spec.Register(p, results, plan.StartupSuite, func(cell *plan.Cell) (string, []string) {
		return cell.Plan.Scenario, []string{"scenario:" + cell.Plan.Scenario}
	})
}
