package startup

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/containers/leftover"
	"stalemate/fixtures"
	"stalemate/suites/plan"
)

func TestAScenarioFindsNothingOfTheOneBefore(t *testing.T) {
	g := NewWithT(t)
	u := &unit{StartUnit: plan.StartUnit{Target: &fixtures.Target{
		Tmpfs:     map[string]string{"/var/lib/app": "", "/tmp": ""},
		Leftovers: &fixtures.Leftovers{RunDir: &fixtures.RunDir{Path: "/run/app", On: "tmpfs"}},
	}}}
	g.Expect(u.outlives()).To(ContainElements(
		leftover.Object{Kind: leftover.SysVShm, Name: "*"}, leftover.Object{Kind: leftover.PosixShm, Name: "*"},
		leftover.Object{Kind: leftover.File, Name: "/tmp/*"}, leftover.Object{Kind: leftover.File, Name: "/var/lib/app/*"},
		leftover.Object{Kind: leftover.File, Name: "/run/app/*"}))
	u.Target.Leftovers.RunDir.On = "layer"
	g.Expect(u.outlives()).NotTo(ContainElement(HaveField("Name", "/run/app/*")), "it goes with the layer")
}
