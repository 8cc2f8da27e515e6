package timeouts_test

import (
	"context"
	"fmt"
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
// The server of this story is fixtures/vintage: Apache 1.3's children and timers, today's libperl and OpenSSL. Perl 5.36
// still has perl 5.6.1's behaviour when PERL_SIGNALS is unsafe. Limits: handshake 4 s, request head 3 s, keep-alive 2 s.
var _ = Describe("mod_perl restores SIGALRM with SA_RESTART", Label("story", "bug: sa-restart-after-perl"), func() {
	const (
		handshake = 4 * time.Second
		head      = 3 * time.Second
		late      = 500 * time.Millisecond // a busy machine
	)
	vintage := func(ctx SpecContext, children int, signals, restore string) *containers.Server {
		server, err := containers.Run(ctx, "",
			testcontainers.WithDockerfile(testcontainers.FromDockerfile{Context: "../../fixtures/vintage"}),
			testcontainers.WithEnv(map[string]string{"VINTAGE_CHILDREN": fmt.Sprint(children), "VINTAGE_LISTEN": "8080/http,4413/tls1.3",
				"PERL_SIGNALS": signals, "VINTAGE_RESTORE": restore}),
			containers.WithCertificate("/etc/vintage/cert.pem", "/etc/vintage/key.pem", "shop.test"),
			containers.WithListener("web", 8080, "http"),
			containers.WithListener("tls", 4413, "https", containers.ServerName("shop.test")))
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func(ctx context.Context) error { return server.Close(ctx) })
		return server
	}

	It("kills the handshake timeout of a child, for ever, with one Perl request", func(ctx SpecContext) {
		server := vintage(ctx, 1, "unsafe", "rsignal")

		By("a fresh child: the handshake timeout fires")
		hold, err := server.Hold(ctx, stages.TLSServerHello, containers.OnListener("tls"), containers.LimitedBy("VINTAGE_HANDSHAKE_TIMEOUT", handshake))
		Expect(err).NotTo(HaveOccurred())
		Expect(hold).To(BeReleasedWithin(handshake + late))
		Expect(hold).To(FreeItsWorker())

		By("one Perl request: mod_perl saves the handler with rsignal_state, and restores it with rsignal")
		Expect(server.Get(ctx, "web", "/perl")).To(HaveHTTPStatus(200))

		By("the same child: the handshake timeout never fires")
		stuck, err := server.Hold(ctx, stages.TLSServerHello, containers.OnListener("tls"), containers.LimitedBy("VINTAGE_HANDSHAKE_TIMEOUT", handshake))
		Expect(err).NotTo(HaveOccurred())
		Expect(stuck).To(BeHeld(2 * handshake))

		By("the process says why: \"rsignal sets the SA_RESTART flag regardless of the saved state\"")
		cause, err := stuck.Autopsy(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(cause.Restart).To(BeTrue(), cause.Because)
		Expect(cause.Because).To(ContainSubstring("SA_RESTART is set on SIGALRM"))
	})

	It("spares the hard timeout, which leaves by longjmp and heals the child", func(ctx SpecContext) {
		server := vintage(ctx, 1, "unsafe", "rsignal")
		Expect(server.Get(ctx, "web", "/perl")).To(HaveHTTPStatus(200))

		By("\"some, but not all, Apache timeouts fail to work\": the one for the request's head fires")
		hard, err := server.Hold(ctx, stages.HTTPHeaders, containers.OnListener("web"), containers.LimitedBy("VINTAGE_HEAD_TIMEOUT", head))
		Expect(err).NotTo(HaveOccurred())
		Expect(hard).To(BeReleasedWithin(head + late))

		By("the child has installed its handler again: the handshake timeout fires")
		hold, err := server.Hold(ctx, stages.TLSServerHello, containers.OnListener("tls"))
		Expect(err).NotTo(HaveOccurred())
		Expect(hold).To(BeReleasedWithin(handshake + late))
	})

	DescribeTable("does no harm where the handler is restored without SA_RESTART",
		func(ctx SpecContext, signals, restore string) {
			server := vintage(ctx, 1, signals, restore)
			Expect(server.Get(ctx, "web", "/perl")).To(HaveHTTPStatus(200))
			hold, err := server.Hold(ctx, stages.TLSServerHello, containers.OnListener("tls"))
			Expect(err).NotTo(HaveOccurred())
			Expect(hold).To(BeReleasedWithin(handshake + late))
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
				Eventually(ctx, server, handshake+2*time.Second).Should(Serve(), "a healthy server is free after its timeout")
				continue
			}
			Consistently(ctx, server, 2*handshake, time.Second).ShouldNot(Serve(), "every child is taken, and none is freed")
			Expect(server.State(ctx)).To(HaveField("Alive", BeTrue()), "it did not die of it")
		}
	})
})
