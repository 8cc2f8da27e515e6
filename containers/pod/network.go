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
	// subnetTries is how many subnets are tried before the pod gives up: each is one of 4096, and a run takes a few dozen.
	subnetTries = 20
	// subnetBits is the size of a pod's network: 13 addresses for containers, of which three and the services are taken.
	subnetBits = 28
)

// createNetwork makes the pod's own network, on a small subnet of its own choice:
// the engine's pool has room for some thirty networks only, and they are the user's.
func (p *Pod) createNetwork(ctx context.Context) error {
	ctx, cancel, err := toTheEnd(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	for range subnetTries {
		var got client.NetworkCreateResult
		got, err = p.engine.Client().NetworkCreate(ctx, p.name("net"), client.NetworkCreateOptions{
			Driver: "bridge", Internal: true, Labels: p.labels("network"),
			IPAM: &network.IPAM{Config: []network.IPAMConfig{{Subnet: randomSubnet()}}},
			// Internal alone leaves the engine's own machine reachable, through the bridge's address.
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

// randomSubnet is one of the 4096 of that size in 10.213.0.0/16.
func randomSubnet() netip.Prefix {
	n := rand.Uint32N(1 << (subnetBits - 16))
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 213, byte(n >> 4), byte(n << 4)}), subnetBits)
}
