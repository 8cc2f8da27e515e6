package learn

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"stalemate/containers/inspect"
	"stalemate/fixtures/target"
)

// choose picks the ports to learn: those named, else those of the given listeners, else all that a peer can reach.
func choose(reachable map[int]string, t *target.Target, found *seen, o Options) error {
	var wanted []int
	switch {
	case len(o.HTTP)+len(o.HTTPS) > 0:
		wanted = slices.Concat(o.HTTP, o.HTTPS)
	case found.given:
		for _, l := range t.Listeners {
			wanted = append(wanted, l.Port)
		}
	default:
		for number := range reachable {
			wanted = append(wanted, number)
		}
	}
	slices.Sort(wanted)
	for _, number := range slices.Compact(wanted) {
		if _, ok := reachable[number]; !ok {
			return fmt.Errorf("no client can reach port %d (open ports: %s)", number, listing(reachable, found.loopback))
		}
		found.ports = append(found.ports, port{number: number})
	}
	if len(found.ports) == 0 {
		return fmt.Errorf("no client can reach the server (open ports: %s)", listing(reachable, found.loopback))
	}
	return nil
}

func listing(reachable map[int]string, loopback []inspect.Listener) string {
	var parts []string
	for number, comm := range reachable {
		parts = append(parts, fmt.Sprintf("%s on %d", comm, number))
	}
	for _, l := range loopback {
		parts = append(parts, fmt.Sprintf("%s on %s, loopback only", l.Comm, net.JoinHostPort(l.Address, strconv.Itoa(l.Port))))
	}
	slices.Sort(parts)
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// named checks the ports of the command line.
func named(ports []port, o Options) error {
	var wrong []error
	for _, p := range ports {
		switch {
		case slices.Contains(o.HTTPS, p.number) && (len(p.tls) == 0 || !p.http):
			wrong = append(wrong, fmt.Errorf("--https %d: the server does not speak HTTP over TLS there: %s%s", p.number, p, p.butWhy()))
		case slices.Contains(o.HTTP, p.number) && (len(p.tls) > 0 || !p.http):
			wrong = append(wrong, fmt.Errorf("--http %d: the server does not speak plain HTTP there: %s%s", p.number, p, p.butWhy()))
		}
	}
	return errors.Join(wrong...)
}

func (p port) butWhy() string {
	if p.error == "" {
		return ""
	}
	return "; an HTTP request failed: " + p.error
}
