package plan_test

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/attackers/stages"
	"stalemate/fixtures/target"
	"stalemate/suites/plan"
)

// TestEveryFixtureIsValidAndEveryStageIsBounded plans all fixtures: each stage that a
// listener has by default ends at some limit of some target.
func TestEveryFixtureIsValidAndEveryStageIsBounded(t *testing.T) {
	g := NewWithT(t)
	all, err := target.LoadAll([]string{filepath.Join("..", "..", "fixtures")}, os.LookupEnv)
	g.Expect(err).NotTo(HaveOccurred())
	everything, err := plan.Make(all, plan.Selection{Extent: plan.Thorough})
	g.Expect(err).NotTo(HaveOccurred())
	planned, bounded := 0, map[string]int{}
	for _, c := range everything.Cells {
		if c.Plan.Suite != plan.TimeoutSuite || c.Plan.Canary {
			continue
		}
		planned++
		if c.Rule.Limit != nil {
			bounded[c.Stage.Name]++
		}
	}
	g.Expect(planned).To(BeNumerically(">=", 500))
	for _, s := range stages.For(stages.HTTPS) {
		if s.Presence == stages.ByDefault {
			g.Expect(bounded[s.Name]).To(BeNumerically(">", 0), "no target bounds %s", s.Name)
		}
	}
}
