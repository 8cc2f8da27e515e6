package pod

import (
	"net/netip"
	"testing"

	. "github.com/onsi/gomega"
)

func TestSubnetsStayInTheirRange(t *testing.T) {
	g := NewWithT(t)
	all := netip.MustParsePrefix("198.18.0.0/15")
	for n := range subnets {
		one := subnet(n)
		g.Expect(all.Contains(one.Addr())).To(BeTrue(), one.String())
		g.Expect(one.Masked()).To(Equal(one), "its address is its first")
		if n > 0 {
			g.Expect(subnet(n - 1).Overlaps(one)).To(BeFalse())
		}
	}
}
