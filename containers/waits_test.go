package containers_test

import (
	"context"
	"regexp"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/testcontainers/testcontainers-go"

	"stalemate/containers"
	"stalemate/containers/autopsy"
)

// policy is a limit that is shorter than those of the servers: their connections are healthy when the autopsy looks at them.
const policy = 1500 * time.Millisecond

// waiting is a server that does not use SIGALRM for its clients.
type waiting struct {
	folder  string // of its Dockerfile
	options []testcontainers.ContainerCustomizer
	stage   string
	class   autopsy.Class
	says    string // a regular expression
}

// Servers that do not use SIGALRM are said to wait as they do, and no cause is invented. make causes does so for ten servers.
func TestNoCauseIsInventedForAServerThatDoesNotUseSIGALRM(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a container engine")
	}
	const epoll = `^an event loop: epoll_p?wait\(\d+\) waits for this connection and \d+ other descriptors, `
	for name, server := range map[string]waiting{
		"nginx": {"../fixtures/nginx", []testcontainers.ContainerCustomizer{
			testcontainers.WithFiles(testcontainers.ContainerFile{HostFilePath: "../fixtures/nginx/nginx.conf", ContainerFilePath: "/etc/stalemate/nginx.conf", FileMode: 0o644}),
			containers.WithCertificate("/etc/stalemate/server.crt", "/etc/stalemate/server.key", "shop.test"),
			containers.WithListener("web", 8080, "http")}, "http.headers", autopsy.EventLoop, epoll + `for at most \d`},
		"redis": {"../fixtures/survivors", []testcontainers.ContainerCustomizer{
			testcontainers.WithCmd("redis-server", "/etc/redis/redis.conf"),
			containers.WithListener("redis", 6379, "tcp")}, "tcp.connected", autopsy.EventLoop, epoll + `for at most \d+ms; its threads: `},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server.inventsNothing(t, 4)
		})
	}
}

// inventsNothing holds connections longer than a policy, while others wake the server, and reads what the autopsy says of each.
func (w waiting) inventsNothing(t *testing.T, holds int) {
	t.Helper()
	g := NewWithT(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	built := testcontainers.WithDockerfile(testcontainers.FromDockerfile{Context: w.folder})
	server, err := containers.Run(ctx, "", append([]testcontainers.ContainerCustomizer{built}, w.options...)...)
	g.Expect(err).NotTo(HaveOccurred())
	defer func() { g.Expect(server.Close(context.WithoutCancel(ctx))).To(Succeed()) }()

	held, err := server.Holds(ctx, holds, w.stage, containers.LimitedBy("a policy", policy))
	g.Expect(err).NotTo(HaveOccurred())
	busy, idle := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for busy.Err() == nil {
			_, _ = server.State(busy) // asks every listener; what it answers is of no interest
		}
	}()
	defer func() { idle(); <-done }()
	seen := 0
	for _, hold := range held {
		g.Expect(hold.State().Proven).NotTo(BeZero(), hold.String())
		found, err := hold.Autopsy(ctx)
		g.Expect(err).NotTo(HaveOccurred())
		t.Logf("%s: %s", found.Class, found.Because)
		g.Expect(hold.State().Released).To(BeZero(), "it outlived the policy")
		g.Expect(found.Class).To(BeElementOf(string(w.class), string(autopsy.Unknown)), "%s; %v", found.Because, found.Steps)
		g.Expect(found.HandlerRan).To(BeFalse())
		if regexp.MustCompile(w.says).MatchString(found.Because) {
			seen++
		}
	}
	// Others keep the server busy: its thread may run when the autopsy looks, and then nothing shows how it waits.
	g.Expect(seen).To(BeNumerically(">=", holds*3/4), "holds of which the autopsy says %s", w.says)
}
