package timeouts_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"stalemate/attackers/stages"
	"stalemate/containers"
	. "stalemate/suites/matchers"
)

// "Some, but not all, Apache timeouts fail to work." The second part of the story tells which work, and what becomes of the child.
var _ = Describe("Apache 1.3 after a Perl request", Label("story", "bug: sa-restart-after-perl"), func() {
	It("spares the hard timeout, which heals the child, or spoils it where the request had a Perl phase", func(ctx SpecContext) {
		server := vintage(ctx, 1, "unsafe", "rsignal")
		Expect(server.Get(ctx, "web", "/perl")).To(HaveHTTPStatus(200))

		By("\"some, but not all, Apache timeouts fail to work\": the one for the request's head fires, and the child is healed")
		Expect(park(ctx, server, "web", stages.HTTPHeaders)).To(BeReleasedWithin(hard + look + late))
		Expect(park(ctx, server, "tls", stages.TLSServerHello)).To(BeReleasedWithin(handshake + look + late))

		By("a body times out after a Perl access handler: mod_perl restores the handler after the child has installed it again")
		Expect(park(ctx, server, "web", stages.HTTPBody)).To(BeReleasedWithin(hard + look + late))
		Expect(park(ctx, server, "tls", stages.TLSServerHello)).To(BeHeld(3 * handshake))
	})

	It("spares the soft timeout, which closes the descriptor, and over TLS the child dies of it", func(ctx SpecContext) {
		server := vintage(ctx, 1, "unsafe", "rsignal")
		Expect(server.Get(ctx, "web", "/perl")).To(HaveHTTPStatus(200))
		park(ctx, server, "web", stages.HTTPResponse)
		Eventually(ctx, server, hard+look+2*time.Second).Should(Serve())
		Expect(server.Logs(ctx)).To(And(ContainSubstring("send body timed out"), Not(ContainSubstring("exit signal"))))
		park(ctx, server, "tls", stages.HTTPResponse)
		Eventually(ctx, func() (string, error) { return server.Logs(ctx) }, hard+look+2*time.Second).Should(ContainSubstring("exit signal Segmentation fault (11)"))
	})
})

// park holds a connection to a listener at a stage.
func park(ctx SpecContext, server *containers.Server, listener, stage string) *containers.Hold {
	hold, err := server.Hold(ctx, stage, containers.OnListener(listener), containers.LimitedBy("Timeout", handshake+look/2))
	Expect(err).NotTo(HaveOccurred())
	return hold
}
