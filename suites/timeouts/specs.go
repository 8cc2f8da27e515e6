// Package timeouts is the suite that parks connections at every stage and asserts that the server's limits end them:
// not sooner, not later, and on the server's side as well.
package timeouts

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "stalemate/suites/matchers"
	"stalemate/suites/plan"
	"stalemate/suites/run"
	"stalemate/suites/spec"
)

// Specs builds one spec for each cell: a target, a listener, a stage and a mode, or a target after its holds. All holds wait at
// the same time.
func Specs(cells []*plan.Cell, results spec.Results) bool {
	return Describe(plan.TimeoutSuite, func() {
		for _, cell := range cells {
			It(cell.Address, spec.Labels(cell), func(ctx SpecContext) {
				held, err := spec.Await(ctx, results, cell)
				Expect(err).NotTo(HaveOccurred())
				if cell.After {
					Expect(held).To(ServeAsPlanned())
				} else {
					Expect(held).To(EndAsPlanned())
				}
			})
		}
	})
}

// Suite carries out the cells of this suite.
func Suite() run.Suite { return run.Suite{Name: plan.TimeoutSuite, Hold: hold} }
