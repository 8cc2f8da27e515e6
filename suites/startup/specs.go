// Package startup is the suite that kills servers, starts them again with the same PID or another, and asserts that they serve.
package startup

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "stalemate/suites/matchers"
	"stalemate/suites/plan"
	"stalemate/suites/run"
	"stalemate/suites/spec"
)

// Specs builds one spec for each cell: a target and a scenario.
func Specs(cells []*plan.Cell, results spec.Results) bool {
	return Describe(plan.StartupSuite, func() {
		for _, cell := range cells {
			It(cell.Address, spec.Labels(cell), func(ctx SpecContext) {
				scenario, err := spec.Await(ctx, results, cell)
				Expect(err).NotTo(HaveOccurred())
				Expect(scenario).To(StartAsPlanned())
			})
		}
	})
}

// Suite carries out the cells of this suite.
func Suite() run.Suite { return run.Suite{Name: plan.StartupSuite, Background: work} }
