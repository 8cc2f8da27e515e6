package startup_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"stalemate/suites/plan"
	"stalemate/suites/spec"
	"stalemate/suites/startup"
	"stalemate/suites/timeouts"
)

func TestStartup(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a container engine")
	}
	RegisterFailHandler(Fail)
	suite, err := spec.Load(plan.StartupSuite, startup.Suite(), timeouts.Suite())
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	startup.Specs(suite.Cells(), suite)
	suite.Run(t)
}
