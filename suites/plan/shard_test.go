package plan_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
	"stalemate/suites/plan"
)

// The shards of all fixtures have each cell once, with its controls, and take about the same time.
func TestShardsHaveEveryCellOnceWithItsControls(t *testing.T) {
	whole, elsewhere := fixturesPlan(t), fixturesPlan(t)
	for _, count := range []int{1, 3, 5} {
		g := NewWithT(t)
		shards := map[string]int{}
		var longest, sum time.Duration
		for number := 1; number <= count; number++ {
			part, err := whole.Shard(number, count)
			g.Expect(err).NotTo(HaveOccurred())
			again, err := elsewhere.Shard(number, count)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(plannedAddresses(again)).To(Equal(plannedAddresses(part)), "it is not the same on another machine")
			g.Expect(part.PartOf.Cells).To(Equal(len(whole.Cells)))
			canaries := 0
			for _, c := range part.Cells {
				if c.Plan.Canary {
					canaries++
					continue
				}
				g.Expect(shards).NotTo(HaveKey(c.Address))
				shards[c.Address] = number
			}
			g.Expect(canaries).To(BeNumerically(">", 1))
			takes := part.Estimate().Expected
			longest, sum = max(longest, takes), sum+takes
		}
		for _, c := range whole.Cells {
			if c.Plan.Canary {
				continue
			}
			g.Expect(shards).To(HaveKey(c.Address))
			for _, control := range c.Plan.Controls {
				if other, planned := shards[control]; planned {
					g.Expect(other).To(Equal(shards[c.Address]), "%s is apart from its control %s", c.Address, control)
				}
			}
		}
		t.Logf("%d shards: the longest takes %v, all %v, one run %v", count, longest, sum, whole.Estimate().Expected)
		// One group of controls, or one long hold, is a floor.
		g.Expect(longest).To(BeNumerically("<", sum/time.Duration(count)+2*time.Minute))
	}
}

// fixturesPlan is what `make check` carries out.
func fixturesPlan(t *testing.T) *plan.Plan {
	t.Helper()
	g := NewWithT(t)
	all, err := target.LoadAll([]string{filepath.Join("..", "..", "fixtures")}, os.LookupEnv)
	g.Expect(err).NotTo(HaveOccurred())
	canaries, err := target.Canaries()
	g.Expect(err).NotTo(HaveOccurred())
	p, err := plan.Make(append(all, canaries...), plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	return p
}

func TestMoreShardsThanGroupsAreRefused(t *testing.T) {
	_, err := fixturesPlan(t).Shard(999, 999)
	NewWithT(t).Expect(err).To(MatchError(ContainSubstring("no more shards than that")))
}

func plannedAddresses(p *plan.Plan) []string {
	var all []string
	for _, c := range p.Cells {
		all = append(all, c.Address)
	}
	return slices.Clip(all)
}
