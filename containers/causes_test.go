//go:build causes

package containers_test

import (
	"fmt"
	"testing"

	"github.com/testcontainers/testcontainers-go"

	"stalemate/containers"
	"stalemate/containers/autopsy"
)

// Ten servers of Debian's packages, each with a limit of about 60 s: 200 connections that are healthy, and 0 invented causes.
func TestTenServersThatDoNotUseSIGALRM(t *testing.T) {
	const (
		holds    = 20
		epoll    = `^an event loop: epoll_p?wait2?\(\d+\) waits for this connection( and \d+ other descriptors)?, `
		limited  = epoll + `for at most \d`
		endless  = epoll + `without a timeout`
		threads  = `; its threads: \d+ in `
		database = "setpriv --reuid=postgres --regid=postgres --init-groups /usr/lib/postgresql/*/bin/postgres -D /var/lib/postgresql/*/main " +
			"-c config_file=$(echo /etc/postgresql/*/main/postgresql.conf) -c listen_addresses=* -c port=8080 -c ssl=off"
	)
	// What a thread of Go, haproxy or memcached waits in varies: the poller may be busy with another client at that moment.
	const pool = `^(an event loop: epoll_p?wait\(\d+\) waits for this connection|no thread of the process waits for this connection alone).*` + threads
	for name, one := range map[string]struct {
		protocol, command, says string
	}{
		"nginx":      {"http", "nginx -c /causes/nginx.conf", limited},
		"haproxy":    {"http", "haproxy -db -f /causes/haproxy.cfg", `^(an event loop: epoll_wait|no thread of the process waits for this connection alone)`},
		"lighttpd":   {"http", "lighttpd -D -f /causes/lighttpd.conf", limited},
		"go":         {"http", "go-server", pool},
		"nodejs":     {"http", "node /causes/server.js", pool},
		"caddy":      {"http", "caddy run --adapter caddyfile --config /causes/Caddyfile", pool},
		"memcached":  {"tcp", "memcached -u nobody -p 8080 -o idle_timeout=60", pool},
		"redis":      {"tcp", "redis-server --bind 0.0.0.0 --port 8080 --protected-mode no --timeout 60", pool},
		"postgresql": {"tcp", database, endless + `.*; a timer of the process \(ITIMER_REAL\) has \d+\.?\d*s left$`},
		"dovecot":    {"tcp", "dovecot -F -c /causes/dovecot.conf", limited},
	} {
		stage := "tcp.connected"
		if one.protocol == "http" {
			stage = "http.headers"
		}
		t.Run(name, func(t *testing.T) {
			waiting{folder: "testdata/causes", stage: stage, class: autopsy.EventLoop, says: one.says, options: []testcontainers.ContainerCustomizer{
				testcontainers.WithCmd("sh", "-c", fmt.Sprintf("exec %s", one.command)),
				containers.WithListener("it", 8080, one.protocol),
			}}.inventsNothing(t, holds)
		})
	}
}
