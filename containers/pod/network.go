// The pod's network is created with moby's raw client: testcontainers-go's NetworkRequest (v0.45) has no driver options.

package pod

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
)

const (
	// subnetTries is how many random subnets are tried. There are 4096, and a run uses a few dozen.
	subnetTries = 20
	// subnetBits leaves 13 addresses for containers. Sandbox and attacker use two, each further attacker and service one.
	subnetBits = 28
)

// createNetwork creates the pod's network on a small random subnet. The engine's own pool has about thirty subnets, and the
// user's networks need them.
func (p *Pod) createNetwork(ctx context.Context) error {
	ctx, cancel, err := uninterrupted(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	for range subnetTries {
		var got client.NetworkCreateResult
		got, err = p.engine.Client().NetworkCreate(ctx, p.name("net"), client.NetworkCreateOptions{
			Driver: "bridge", Internal: true, Labels: p.labels("network"),
			IPAM: &network.IPAM{Config: []network.IPAMConfig{{Subnet: randomSubnet()}}},
			// With Internal alone, the pod could still reach the engine's host through the bridge's address.
			Options: map[string]string{"com.docker.network.bridge.inhibit_ipv4": "true"},
		})
		if err == nil {
			p.network = got.ID
			return nil
		}
		if !strings.Contains(err.Error(), "overlaps") {
			break
		}
	}
	return fmt.Errorf("create the pod's network: %w", err)
}

// randomSubnet is one of the 4096 subnets of that size in 10.213.0.0/16.
func randomSubnet() netip.Prefix {
	n := rand.Uint32N(1 << (subnetBits - 16))
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 213, byte(n >> 4), byte(n << 4)}), subnetBits)
}
