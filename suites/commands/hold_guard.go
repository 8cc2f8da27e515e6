package commands

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/moby/moby/client"

	"stalemate/containers/engine"
)

// guardWithin bounds the look-up of a name and of stalemate's containers.
const guardWithin = 15 * time.Second

// operateFlag is the flag with which the operator confirms that the host is theirs.
const operateFlag = "i-operate-this-host"

const operateUsage = "confirm that you operate this host; not needed for a loopback address or for stalemate's containers"

// guard decides whether connections may be held at a host, before anything is sent to it.
type guard struct {
	host       string       // as it was given
	addresses  []netip.Addr // everything that it resolves to
	containers []netip.Addr // the addresses of stalemate's containers
	engine     error        // why the engine could not list them
	operated   bool         // the operator confirmed the host
}

// foreign are the addresses that the operator must confirm: not on the loopback and not of stalemate's containers.
func (g guard) foreign() []netip.Addr {
	return slices.DeleteFunc(slices.Clone(g.addresses), func(a netip.Addr) bool {
		return a.Unmap().IsLoopback() || slices.Contains(g.containers, a.Unmap())
	})
}

// refusal says why connections may not be held at this host, and how they may; nil if they may.
func (g guard) refusal() error {
	if len(g.addresses) == 0 {
		return fmt.Errorf("hold: %s has no address", g.host)
	}
	foreign := g.foreign()
	if g.operated || len(foreign) == 0 {
		return nil
	}
	what := foreign[0].String()
	if g.host != what {
		what = fmt.Sprintf("%s resolves to %s. That", g.host, foreign[0])
	}
	unsure := ""
	if g.engine != nil {
		unsure = fmt.Sprintf("\nThe engine could not list the containers: %v.", g.engine)
	}
	return fmt.Errorf("hold: %s is neither a loopback address nor one of stalemate's containers (label %s).%s\n"+
		"Held connections occupy the server's workers, so that it cannot serve others. That is an attack.\n"+
		"If you operate this host, confirm it with --%s", what, engine.LabelRun, unsure, operateFlag)
}

// chosen is the address to dial: the first IPv4 address, since a server that listens on one family mostly has that.
func (g guard) chosen() netip.Addr {
	if i := slices.IndexFunc(g.addresses, func(a netip.Addr) bool { return a.Unmap().Is4() }); i >= 0 {
		return g.addresses[i].Unmap()
	}
	return g.addresses[0]
}

// lookup is what the guard asks the resolver and the engine.
type lookup struct {
	resolve    func(ctx context.Context, host string) ([]netip.Addr, error)
	containers func(context.Context) ([]netip.Addr, error)
}

func systemLookup() lookup {
	return lookup{
		resolve: func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		},
		containers: containerAddresses,
	}
}

// admit resolves host:port once and returns the address to dial. That is an address which the guard has checked: it does
// not matter if the name resolves to something else the next time. The engine is asked only if the answer matters.
func (w lookup) admit(ctx context.Context, address string, operated bool) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, guardWithin)
	defer cancel()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", fmt.Errorf("hold: address %q: %w: give host:port, as in 127.0.0.1:8443 or [::1]:8443", address, err)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || host == "" {
		return "", fmt.Errorf("hold: address %q: give host:port with a port from 1 to 65535", address)
	}
	g := guard{host: host, operated: operated}
	if literal, err := netip.ParseAddr(host); err == nil {
		g.addresses = []netip.Addr{literal}
	} else if g.addresses, err = w.resolve(ctx, host); err != nil {
		return "", fmt.Errorf("hold: resolve %s: %w", host, err)
	}
	if len(g.foreign()) > 0 && !operated {
		g.containers, g.engine = w.containers(ctx)
	}
	if err := g.refusal(); err != nil {
		return "", err
	}
	return net.JoinHostPort(g.chosen().String(), port), nil
}

// containerAddresses lists the addresses of stalemate's running containers.
func containerAddresses(ctx context.Context) ([]netip.Addr, error) {
	e, err := engine.Connect(ctx)
	if err != nil {
		return nil, err
	}
	list, err := e.Client().ContainerList(ctx, client.ContainerListOptions{Filters: make(client.Filters).Add("label", engine.LabelRun)})
	if err != nil {
		_ = e.Close() // the first error says more
		return nil, fmt.Errorf("list stalemate's containers: %w", err)
	}
	var addresses []netip.Addr
	for _, c := range list.Items {
		if c.NetworkSettings == nil {
			continue
		}
		for _, endpoint := range c.NetworkSettings.Networks {
			for _, a := range []netip.Addr{endpoint.IPAddress, endpoint.GlobalIPv6Address} {
				if a.IsValid() {
					addresses = append(addresses, a.Unmap())
				}
			}
		}
	}
	return addresses, e.Close()
}
