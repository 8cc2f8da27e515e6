package upgrade

import (
	"context"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"stalemate/reports/record"
	. "stalemate/suites/matchers"
	"stalemate/suites/spec"
)

// Results is where a spec waits for the outcome of its cell.
type Results interface {
	Outcome(ctx context.Context, cell Cell) (record.Compared, error)
}

// Specs builds one spec for each cell that is compared: it fails where the candidate is worse than the baseline.
func Specs(cells []Cell, results Results) bool {
	return SpecsOf(cells, results, func(Cell) types.GomegaMatcher { return NotRegress() })
}

// SpecsOf builds one spec for each cell, which must be as wanted. All holds of both builds wait at the same time, and each
// spec waits for its own cell.
func SpecsOf(cells []Cell, results Results, wanted func(Cell) types.GomegaMatcher) bool {
	return Describe(record.UpgradeSuite, Serial, func() {
		for _, cell := range cells {
			It(cell.Address, spec.LabelsOf(cell.Target, cell.Plan), func(ctx SpecContext) {
				compared, err := await(ctx, results, cell)
				Expect(err).NotTo(HaveOccurred())
				Expect(compared).To(wanted(cell))
			})
		}
	})
}

// await waits for the outcome of a cell. It skips the spec where there is nothing to assert: neither build has the cell, or
// a waiver accepts what the candidate showed.
func await(ctx context.Context, results Results, cell Cell) (record.Compared, error) {
	compared, err := results.Outcome(ctx, cell)
	if err != nil {
		return compared, fmt.Errorf("inconclusive: %s: %w", cell.Address, err)
	}
	text := compared.Word() + ": " + compared.Message()
	if compared.Status() == record.Skipped {
		Skip(text)
	}
	AddReportEntry("outcome", ReportEntryVisibilityFailureOrVerbose, text)
	return compared, nil
}
