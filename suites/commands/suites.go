package commands

import (
	"context"
	"io"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/formatter"
	"github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/exhaustion"
	"stalemate/suites/plan"
	"stalemate/suites/run"
	"stalemate/suites/spec"
	"stalemate/suites/startup"
	"stalemate/suites/timeouts"
	"stalemate/suites/upgrade"
)

// suites carry out the cells of every run.
func suites() []run.Suite { return []run.Suite{timeouts.Suite(), exhaustion.Suite(), startup.Suite()} }

// suiteNames are the suites whose cells Ginkgo asserts.
func suiteNames() []string {
	var names []string
	for _, s := range suites() {
		names = append(names, s.Name)
	}
	return names
}

// testingT receives Ginkgo's overall result and drops it: the run reads Ginkgo's report, which has more.
type testingT struct{}

func (testingT) Fail() {}

// assertCells carries out the plan, and runs one spec for each cell.
func assertCells(ctx context.Context, p *plan.Plan, s *run.Session) {
	timeouts.Specs(p.CellsOf(plan.TimeoutSuite), s.Execution)
	exhaustion.Specs(p.CellsOf(plan.ExhaustionSuite), s.Execution)
	startup.Specs(p.CellsOf(plan.StartupSuite), s.Execution)
	runSpecs("stalemate check", func() { s.Execution.Start(ctx) }, func(report ginkgo.Report) {
		s.Execution.Wait()
		for _, name := range suiteNames() {
			spec.Outcome(s.Log, name, addressesOf(p.CellsOf(name)), everyCell, report)
		}
	})
}

// assertUpgrade carries out a comparison, and runs one spec for each cell that is compared.
func assertUpgrade(ctx context.Context, u *upgrade.Upgrade, s *run.Session, r *upgrade.Run) error {
	upgrade.Specs(u.Cells(), r)
	var err error
	runSpecs("stalemate compare", func() { r.Start(ctx) }, func(report ginkgo.Report) {
		err = r.Wait()
		var addresses []string
		for _, c := range u.Cells() {
			addresses = append(addresses, c.Address)
		}
		spec.Outcome(s.Log, record.UpgradeSuite, addresses, everyCell, report)
	})
	return err
}

// runSpecs runs the specs that were built, and end writes Ginkgo's report into the log. A cell is green only if its spec
// and its judgement both passed. Ginkgo prints nothing: every report is drawn from the log.
func runSpecs(description string, start func(), end func(ginkgo.Report)) {
	formatter.ColorableStdOut, formatter.ColorableStdErr = io.Discard, io.Discard
	suite, reporter := ginkgo.GinkgoConfiguration()
	suite.Timeout = 24 * time.Hour // each wait has a deadline of its own
	suite.GracePeriod = time.Minute
	suite.OutputInterceptorMode = "none" // standard output is the reports'
	reporter.NoColor, reporter.Succinct = true, true
	gomega.RegisterFailHandler(ginkgo.Fail)
	ginkgo.BeforeSuite(start)
	ginkgo.ReportAfterSuite("write Ginkgo's report into the log", end)
	ginkgo.RunSpecs(testingT{}, description, suite, reporter)
}

func addressesOf(cells []*plan.Cell) []string {
	var all []string
	for _, c := range cells {
		all = append(all, c.Address)
	}
	return all
}

// everyCell selects every cell: the command gives Ginkgo no filter.
func everyCell(string) bool { return true }
