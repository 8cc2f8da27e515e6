package engine

import (
	"fmt"
	"net/url"
	"os"
	"strings"
)

// prepareEnvironment sets two variables that testcontainers reads once in a process:
//   - TESTCONTAINERS_HOST_OVERRIDE: without it, a file /.dockerenv on this machine makes testcontainers dial the default
//     gateway, an outside address, for up to a minute;
//   - TESTCONTAINERS_RYUK_DISABLED: Ryuk's image may not be pullable. Package reaper does its work.
func prepareEnvironment(host string) error {
	if host == "" || strings.HasPrefix(host, "unix:") {
		if err := os.Setenv("TESTCONTAINERS_HOST_OVERRIDE", "127.0.0.1"); err != nil {
			return fmt.Errorf("set TESTCONTAINERS_HOST_OVERRIDE: %w", err)
		}
	}
	if err := os.Setenv("TESTCONTAINERS_RYUK_DISABLED", "true"); err != nil {
		return fmt.Errorf("set TESTCONTAINERS_RYUK_DISABLED: %w", err)
	}
	return nil
}

// check refuses addresses that testcontainers would silently replace by the default socket.
func (a address) check() error {
	if a.host == "" {
		return nil
	}
	u, err := url.Parse(a.host)
	if err != nil {
		return fmt.Errorf("read %s=%q: %w", a.from, a.host, err)
	}
	switch u.Scheme {
	case "unix":
		if _, err := os.Stat(u.Path); err != nil {
			return fmt.Errorf("%s is %s, but there is no such socket: start the engine, or unset it: %w", a.from, a.host, err)
		}
	case "tcp", "http", "https":
	default:
		return fmt.Errorf("%s is %s, but only unix and tcp addresses work: "+
			"for an engine behind ssh, forward its socket (ssh -L /tmp/docker.sock:/var/run/docker.sock HOST) "+
			"and set DOCKER_HOST=unix:///tmp/docker.sock", a.from, a.host)
	}
	return nil
}

// sameHost compares the address that was asked for with the one in use. tcp and http are the same transport.
func sameHost(asked, got string) bool {
	plain := func(s string) string {
		for _, scheme := range []string{"tcp://", "http://", "https://"} {
			s = strings.TrimPrefix(s, scheme)
		}
		return strings.TrimSuffix(strings.Replace(s, "unix:///", "unix:/", 1), "/")
	}
	return plain(asked) == plain(got)
}
