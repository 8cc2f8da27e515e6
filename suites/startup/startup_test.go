package startup_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
	. "github.com/onsi/gomega"

	"stalemate/suites/plan"
	"stalemate/suites/session"
	"stalemate/suites/startup"
)

// TestStartup runs the suite over the project's own targets, as `make check`
// does. --ginkgo.label-filter narrows it.
func TestStartup(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a container engine")
	}
	RegisterFailHandler(Fail)
	o := session.Options{Files: []string{"../../fixtures"}, Out: t.TempDir(), Command: "go test ./suites/startup"}
	p, err := session.Load(o)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	p = p.Of(plan.StartupSuite)
	s, err := session.Open(t.Context(), p, o)
	if s != nil {
		t.Cleanup(func() {
			if err := s.Close(""); err != nil {
				t.Errorf("end the run: %v", err)
			}
		})
	}
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	BeforeSuite(func() { s.Campaign.Start(t.Context()) })
	AfterSuite(func() { s.Campaign.Wait() })
	startup.Register(p, s.Campaign)
	planned, ran := 0, 0
	for _, c := range p.Cells {
		if c.Scenario != nil {
			planned++
		}
	}
	ReportAfterSuite("every cell was judged", func(r Report) {
		for _, spec := range r.SpecReports {
			if spec.LeafNodeType == types.NodeTypeIt && spec.State.Is(types.SpecStatePassed|types.SpecStateSkipped|types.SpecStateFailed) {
				ran++
			}
		}
	})
	RunSpecs(t, "startup")
	NewWithT(t).Expect(ran).To(Equal(planned), "specs that ran, against cells of the plan")
}
