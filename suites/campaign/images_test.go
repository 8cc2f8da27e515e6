package campaign

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/fixtures"
)

func TestTargetsOfOneSourceTakeOnePlaceAmongTheBuilds(t *testing.T) {
	g := NewWithT(t)
	a := &fixtures.Target{Name: "a", Build: "/apache"}
	b := &fixtures.Target{Name: "b", Build: "/nginx"}
	c := &fixtures.Target{Name: "c", Build: "/apache"}
	d := &fixtures.Target{Name: "d", Build: "/apache", BuildArgs: map[string]string{"MPM": "event"}}
	g.Expect(bySource([]*fixtures.Target{a, b, c, d})).To(Equal([][]*fixtures.Target{{a, c}, {b}, {d}}))
}
