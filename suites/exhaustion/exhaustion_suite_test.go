package exhaustion_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"stalemate/suites/exhaustion"
	"stalemate/suites/plan"
	"stalemate/suites/spec"
	"stalemate/suites/timeouts"
)

func TestExhaustion(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a container engine")
	}
	RegisterFailHandler(Fail)
	suite, err := spec.Load(plan.ExhaustionSuite, exhaustion.Suite(), timeouts.Suite())
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	exhaustion.Specs(suite.Cells(), suite)
	suite.Run(t)
}
