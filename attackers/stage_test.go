package attackers

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/attackers/stages"
	"stalemate/reports/record"
)

func TestAConversationTricklesUnderAnyName(t *testing.T) {
	g := NewWithT(t)
	g.Expect(describe("smtp-greeting").HasMode(record.Trickle)).To(BeTrue())
	g.Expect(describe(stages.TLSClientHelloEnd).HasMode(record.Trickle)).To(BeFalse())
}

// TestEveryStageHasAnImplementation finds a stage that is only listed, or only implemented.
func TestEveryStageHasAnImplementation(t *testing.T) {
	g := NewWithT(t)
	all := implementations()
	for _, info := range stages.All() {
		g.Expect(all[info.Name].reach).NotTo(BeNil(), "%s is listed in attackers/stages and has no implementation", info.Name)
		delete(all, info.Name)
	}
	g.Expect(all).To(BeEmpty(), "implemented, and not listed in attackers/stages")
}
