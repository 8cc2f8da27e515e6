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

// guardWithin bounds the resolution of a name and the question to the engine.
const guardWithin = 15 * time.Second

// operateFlag is the operator's word.
const operateFlag = "i-operate-this-host"

// guard is what is known of a server before anything is sent to it.
type guard struct {
	host      string       // as it was given
	addresses []netip.Addr // all that it resolves to
	ours      []netip.Addr // of containers that bear our label
	engine    error        // why they could not be asked for
	operated  bool         // the operator's word was given
}

// foreign are the addresses that need the operator's word: neither of this machine
// itself, where nothing leaves it, nor of a container of ours.
func (g guard) foreign() []netip.Addr {
	return slices.DeleteFunc(slices.Clone(g.addresses), func(a netip.Addr) bool {
		return a.Unmap().IsLoopback() || slices.Contains(g.ours, a.Unmap())
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
	asked := "the engine was asked"
	if g.engine != nil {
		asked = fmt.Sprintf("no engine answered: %v", g.engine)
	}
	what := foreign[0].String()
	if g.host != what {
		what = fmt.Sprintf("%s resolves to %s, which", g.host, foreign[0])
	}
	return fmt.Errorf("hold: %s is neither an address of this machine's loopback nor of a container of ours (label %s; %s). "+
		"Held connections take a server's workers away from everybody else: that is an attack on whoever runs it. "+
		"If you operate this host, say so with --%s", what, engine.LabelRun, asked, operateFlag)
}

// chosen is the address to dial, one of those that were looked at: the first of
// IPv4, which servers that listen on one family alone have more often.
func (g guard) chosen() netip.Addr {
	if i := slices.IndexFunc(g.addresses, func(a netip.Addr) bool { return a.Unmap().Is4() }); i >= 0 {
		return g.addresses[i].Unmap()
	}
	return g.addresses[0]
}

// world is what the guard asks of the outside.
type world struct {
	resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	ours    func(context.Context) ([]netip.Addr, error)
}

// outside asks the resolver and the engine.
func outside() world {
	return world{
		resolve: func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		},
		ours: oursInEngine,
	}
}

// admit resolves host:port once and gives the address to dial, which is one of
// those that the guard has seen: a name that resolves to something else the next
// time changes nothing. The engine is asked only where it matters.
func (w world) admit(ctx context.Context, address string, operated bool) (string, error) {
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
		g.ours, g.engine = w.ours(ctx)
	}
	if err := g.refusal(); err != nil {
		return "", err
	}
	return net.JoinHostPort(g.chosen().String(), port), nil
}

// oursInEngine lists the addresses of the running containers that bear our label.
func oursInEngine(ctx context.Context) ([]netip.Addr, error) {
	e, err := engine.Connect(ctx)
	if err != nil {
		return nil, err
	}
	list, err := e.Client().ContainerList(ctx, client.ContainerListOptions{Filters: make(client.Filters).Add("label", engine.LabelRun)})
	if err != nil {
		_ = e.Close() // the first error says more
		return nil, fmt.Errorf("list the containers of ours: %w", err)
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
