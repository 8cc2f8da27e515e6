// Package exhaustion is the suite of waves: connections that occupy all workers of a server, stay silent and vanish. It asserts
// that the server serves again.
package exhaustion

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "stalemate/suites/matchers"
	"stalemate/suites/plan"
	"stalemate/suites/run"
	"stalemate/suites/spec"
)

// Specs builds one spec for each cell, that is for each target with a wave.
func Specs(cells []*plan.Cell, results spec.Results) bool {
	return Describe(plan.ExhaustionSuite, func() {
		for _, cell := range cells {
			It(cell.Address, spec.Labels(cell), func(ctx SpecContext) {
				wave, err := spec.Await(ctx, results, cell)
				Expect(err).NotTo(HaveOccurred())
				Expect(wave).To(RecoverAsPlanned())
			})
		}
	})
}

// Suite carries out the cells of this suite.
func Suite() run.Suite { return run.Suite{Name: plan.ExhaustionSuite, Hold: exhaust} }
