// Package timeouts is the suite that parks connections and asserts that the
// server's limits end them, on time and on both sides.
package timeouts

import (
	"strings"

	"stalemate/suites/plan"
	"stalemate/suites/spec"
)

// Register builds one spec for each cell. All holds wait at the same time, in the campaign.
func Register(p *plan.Plan, results spec.Results) bool {
	return spec.Register(p, results, plan.TimeoutSuite, func(cell *plan.Cell) (string, []string) {
		return strings.TrimPrefix(cell.Address, cell.Target.Name+"/"), []string{"stage:" + cell.Stage.Name, "mode:" + string(cell.Mode)}
	})
}
