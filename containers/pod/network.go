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

// The engine's own pools give some thirty networks, which two runs at once use up. Beyond them
// a pod takes a small subnet of the range that RFC 2544 sets apart for tests of
// network devices, and which nothing else uses: the network has no way out in any case.
const (
	subnetTries = 12
	subnetBits  = 27                     // 30 addresses: the pod's, its attackers' and its services'
	subnets     = 1 << (subnetBits - 15) // in 198.18.0.0/15
)

// createNetwork makes the pod's network: no way out of it, nothing published from it.
func (p *Pod) createNetwork(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	err := p.tryNetwork(ctx, nil)
	if err != nil && strings.Contains(err.Error(), "non-overlapping IPv4 address pool") {
		for range subnetTries {
			own := &network.IPAM{Config: []network.IPAMConfig{{Subnet: subnet(rand.IntN(subnets))}}}
			if err = p.tryNetwork(ctx, own); err == nil {
				return nil
			}
		}
		err = fmt.Errorf("the engine has no addresses left for another one: "+
			"remove networks that nothing uses (`docker network prune`), or give it more default-address-pools: %w", err)
	}
	if err != nil {
		return fmt.Errorf("create the pod's network: %w", err)
	}
	return nil
}

// tryNetwork makes it with addresses of the engine's choice, or with those.
func (p *Pod) tryNetwork(ctx context.Context, addresses *network.IPAM) error {
	got, err := p.engine.Client().NetworkCreate(ctx, p.name("net"), client.NetworkCreateOptions{
		Driver: "bridge", Internal: true, Labels: p.labels("network"), IPAM: addresses,
		// Internal alone leaves the engine's own machine reachable, through the bridge's address.
		Options: map[string]string{"com.docker.network.bridge.inhibit_ipv4": "true"},
	})
	if err == nil {
		p.network = got.ID
	}
	return err
}

// subnet is the n-th small subnet of the range.
func subnet(n int) netip.Prefix {
	at := 198<<24 | 18<<16 | n<<(32-subnetBits)
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(at >> 24), byte(at >> 16), byte(at >> 8), byte(at)}), subnetBits)
}
