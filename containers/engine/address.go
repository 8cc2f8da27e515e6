package engine

import (
	"fmt"
	"net/url"
	"os"
	"strings"
)

// prepareEnvironment settles, before testcontainers reads them, the two variables
// without which it dials a gateway that is not ours and waits for a reaper image.
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

// checkHost refuses what testcontainers would silently replace by the default socket.
func checkHost(host string) error {
	if host == "" {
		return nil
	}
	u, err := url.Parse(host)
	if err != nil {
		return fmt.Errorf("DOCKER_HOST is %q: %w", host, err)
	}
	switch u.Scheme {
	case "unix":
		if _, err := os.Stat(u.Path); err != nil {
			return fmt.Errorf("DOCKER_HOST is %s, and there is no such socket: start the engine, or unset DOCKER_HOST: %w", host, err)
		}
	case "tcp", "http", "https":
	default:
		return fmt.Errorf("DOCKER_HOST is %s: only unix and tcp addresses work here; "+
			"for an engine behind ssh forward its socket (ssh -L /tmp/docker.sock:/var/run/docker.sock HOST) "+
			"and name the forwarded one", host)
	}
	return nil
}

// sameHost compares what was asked with what is used; tcp and http are the same transport.
func sameHost(asked, got string) bool {
	plain := func(s string) string {
		for _, scheme := range []string{"tcp://", "http://", "https://"} {
			s = strings.TrimPrefix(s, scheme)
		}
		return strings.TrimSuffix(strings.Replace(s, "unix:///", "unix:/", 1), "/")
	}
	return plain(asked) == plain(got)
}
