package timeouts_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"stalemate/suites/plan"
	"stalemate/suites/spec"
	"stalemate/suites/timeouts"
)

func TestTimeouts(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a container engine")
	}
	RegisterFailHandler(Fail)
	suite, err := spec.Load(plan.TimeoutSuite, timeouts.Suite())
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	timeouts.Specs(suite.Cells(), suite)
	suite.Run(t)
}
