package upgrade_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"stalemate/reports/record"
	. "stalemate/suites/matchers"
	"stalemate/suites/run"
	"stalemate/suites/startup"
	"stalemate/suites/timeouts"
	"stalemate/suites/upgrade"
)

// pairs are an upgrade that brings the bug of the unfixed mod_auth_digest, and one of nginx to itself.
func pairs() []upgrade.Pair {
	return []upgrade.Pair{
		{Baseline: "digest/stock-posix", Candidate: "digest/unfixed-posix", Only: "*/startup/same-pid|*/startup/other-pid", Repeats: 2},
		{Baseline: "nginx", Candidate: "nginx", Repeats: 2},
	}
}

// regressed is the cell that the unfixed module breaks. Every other cell is the same in both builds.
const regressed = "digest-unfixed-posix/startup/same-pid"

func wanted(cell upgrade.Cell) types.GomegaMatcher {
	if cell.Address == regressed {
		return And(HaveOutcome(record.OutcomeRegressed), Not(NotRegress()))
	}
	return And(HaveOutcome(record.OutcomeSame), NotRegress())
}

func TestUpgrade(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a container engine")
	}
	RegisterFailHandler(Fail)
	suite, err := upgrade.Load([]run.Suite{timeouts.Suite(), startup.Suite()}, pairs()...)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	upgrade.SpecsOf(suite.Cells(), suite, wanted)
	suite.Run(t)
}
