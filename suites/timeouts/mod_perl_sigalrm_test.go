package timeouts_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/testcontainers/testcontainers-go"

	"stalemate/attackers/stages"
	"stalemate/containers"
	. "stalemate/suites/matchers"
)

// The report: Charles Jardine, mod_perl mailing list, 2002. Apache 1.3.26, mod_ssl 2.8.10, perl 5.6.1, mod_perl 1.26.
//
//	"I have recently seen a number of stuck processes on an Apache server I run. The problem is associated
//	with events which appear to be attacks by the Slapper worm."
//
// The server of this story is fixtures/vintage: Apache 1.3's children and timers, today's libperl and OpenSSL. Perl 5.36 still has
// perl 5.6.1's behaviour when PERL_SIGNALS is unsafe. The parent looks for timeouts once a second: they end 1 to 2 s after the limit.
var _ = Describe("mod_perl restores SIGALRM with SA_RESTART", Label("story", "bug: sa-restart-after-perl"), func() {
	It("kills the handshake timeout of a child, for ever, with one Perl request", func(ctx SpecContext) {
		server := vintage(ctx, 1, "unsafe", "rsignal")

		By("a fresh child: the parent sends SIGALRM 1 to 2 s after the limit, and the handshake timeout fires")
		hold := park(ctx, server, "tls", stages.TLSServerHello)
		Expect(hold).To(BeHeld(handshake + look/2))
		Expect(hold).To(BeReleasedWithin(handshake + look + late))
		Expect(hold).To(FreeItsWorker())
		Expect(server.Logs(ctx)).To(ContainSubstring(timedOut))

		By("one Perl request: mod_perl saves the handler with rsignal_state, and restores it with rsignal")
		Expect(server.Get(ctx, "web", "/perl")).To(HaveHTTPStatus(200))

		By("the same child: the handshake timeout never fires, and the server says nothing of it")
		stuck := park(ctx, server, "tls", stages.TLSServerHello)
		Expect(stuck).To(BeHeld(3 * handshake))
		said, err := server.Logs(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(strings.Count(said, timedOut)).To(Equal(1), said)

		By("the process says why: \"rsignal sets the SA_RESTART flag regardless of the saved state\"")
		cause, err := stuck.Autopsy(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(cause.Restart).To(BeTrue(), cause.Because)
		Expect(cause.Because).To(ContainSubstring("SA_RESTART is set"))

		By("\"the mod-ssl warning message\" comes only when the client goes away")
		Expect(stuck.Close()).To(Succeed())
		Eventually(ctx, func() (string, error) { return server.Logs(ctx) }, "5s").Should(MatchRegexp("(?s)%[1]s.*%[1]s", timedOut))
	})

	DescribeTable("does no harm where the handler is restored without SA_RESTART",
		func(ctx SpecContext, signals, restore string) {
			server := vintage(ctx, 1, signals, restore)
			Expect(server.Get(ctx, "web", "/perl")).To(HaveHTTPStatus(200))
			Expect(park(ctx, server, "tls", stages.TLSServerHello)).To(BeReleasedWithin(handshake + look + late))
		},
		Entry("mod_perl calls sigaction instead of rsignal", "unsafe", "sigaction"),
		Entry("perl 5.8's safe signals: rsignal sets SA_RESTART only with PERL_OLD_SIGNALS", "safe", "rsignal"),
	)

	It("lets the Slapper worm take every worker", func(ctx SpecContext) {
		const children = 8
		for _, poisoned := range []bool{false, true} {
			server := vintage(ctx, children, "unsafe", "rsignal")
			path, asked := "/", make(chan error, children)
			if poisoned {
				path = "/perl?hold=1500"
			}
			for range children { // requests that are sent together meet different children
				go func() { _, err := server.Get(ctx, "web", path); asked <- err }()
			}
			for range children {
				Expect(<-asked).To(Succeed())
			}
			By("the worm opens connections that stay silent, one for each child")
			holds, err := server.Holds(ctx, children, stages.TCPConnected, containers.OnListener("tls"), containers.Every(100*time.Millisecond))
			Expect(err).NotTo(HaveOccurred())
			Expect(holds).To(HaveEach(BeProven()))
			if !poisoned {
				Eventually(ctx, server, handshake+look+2*time.Second).Should(Serve(), "a healthy server is free after its timeout")
				continue
			}
			Consistently(ctx, server, 3*handshake, time.Second).ShouldNot(Serve(), "every child is taken, and none is freed")
			Expect(server.State(ctx)).To(HaveField("Alive", BeTrue()), "it did not die of it")
		}
	})
})

const (
	handshake = 2 * time.Second
	hard      = 2 * time.Second // of the request's head and body
	look      = 2 * time.Second
	late      = 500 * time.Millisecond // a busy machine
	timedOut  = "mod_ssl: SSL handshake timed out"
)

// vintage starts the server with so many children.
func vintage(ctx SpecContext, children int, signals, restore string) *containers.Server {
	server, err := containers.Run(ctx, "",
		testcontainers.WithDockerfile(testcontainers.FromDockerfile{Context: "../../fixtures/vintage"}),
		testcontainers.WithEnv(map[string]string{"VINTAGE_CHILDREN": fmt.Sprint(children), "VINTAGE_LISTEN": "8080/http,4413/tls1.3",
			"VINTAGE_HANDSHAKE_TIMEOUT": "2", "VINTAGE_HEAD_TIMEOUT": "2", "VINTAGE_BODY_TIMEOUT": "2", "VINTAGE_SEND_TIMEOUT": "2",
			"PERL_SIGNALS": signals, "VINTAGE_RESTORE": restore}),
		containers.WithRequest(containers.Request{Body: "/access/cgi", Large: "/large"}),
		containers.WithCertificate("/etc/vintage/cert.pem", "/etc/vintage/key.pem", "shop.test"),
		containers.WithListener("web", 8080, "http"),
		containers.WithListener("tls", 4413, "https", containers.ServerName("shop.test")))
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func(ctx context.Context) error { return server.Close(ctx) })
	return server
}
