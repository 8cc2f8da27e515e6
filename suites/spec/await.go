package spec

import (
	"context"
	"fmt"

	"github.com/onsi/ginkgo/v2"

	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/verdict"
)

// Results gives a spec the judgement of its cell. It is the execution of the plan, or the log of another process that carries
// the plan out.
type Results interface {
	Result(ctx context.Context, address string) (record.Judgement, error)
}

// Await waits until a cell is judged. It skips the spec if the cell was skipped: the server has no such stage, its image is
// missing, or a waiver accepts the failure.
func Await(ctx context.Context, results Results, cell *plan.Cell) (verdict.Measured, error) {
	j, err := results.Result(ctx, cell.Address)
	if err != nil {
		return verdict.Measured{}, fmt.Errorf("inconclusive: %s: %w", cell.Address, err)
	}
	if j.Status == record.Skipped {
		ginkgo.Skip(j.Message)
	}
	ginkgo.AddReportEntry("verdict", ginkgo.ReportEntryVisibilityFailureOrVerbose, j.Message)
	return verdict.Measured{Address: cell.Address, Plan: cell.Plan, Judgement: j}, nil
}
