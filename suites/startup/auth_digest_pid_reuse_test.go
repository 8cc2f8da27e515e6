package startup_test

import (
	"context"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/testcontainers/testcontainers-go"

	"stalemate/containers"
	. "stalemate/suites/matchers"
)

// The report: "Apache dies when you are unlucky, even if you do nothing", 2021. An Apache that nobody touched for years stopped:
//
//	[auth_digest:notice] [pid 32768] AH01757: generating secret for digest authentication ...
//	[auth_digest:error] [pid 32768] (17)File exists: AH01762: Failed to create shared memory segment on file /run/httpd/authdigest_shm.32768
//	[auth_digest:error] [pid 32768] (17)File exists: AH01760: failed to initialize shm - all nonce-count checking, ... disabled
//	[:emerg] [pid 32974] AH00020: Configuration Failed, exiting
//
// The server of this story is fixtures/digest: Debian's Apache, with mod_auth_digest as it was through 2.4.25 (unfixed), and as
// it is since 2.4.26 (stock, PR 54622). Both are built from Debian's source; one file of the configuration chooses.
var _ = Describe("mod_auth_digest names its shared memory after its PID", Label("story", "bug: auth-digest-shm"), func() {
	const (
		pid     = 32768 // as reported
		other   = 32769
		segment = "posix-shm ShM.*" // what APR makes of /run/httpd/authdigest_shm.32768 on Debian 12
		digest  = "/etc/apache2/digest.conf"
		forms   = "../../fixtures/digest/conf/forms/"
	)
	// apache starts Apache with that PID, and with mod_auth_digest in one of its forms.
	apache := func(ctx SpecContext, form string) *containers.Server {
		server, err := containers.Run(ctx, "",
			testcontainers.WithDockerfile(testcontainers.FromDockerfile{Context: "../../fixtures/digest"}),
			testcontainers.WithFiles(testcontainers.ContainerFile{HostFilePath: forms + form + ".conf", ContainerFilePath: digest, FileMode: 0o644}),
			testcontainers.WithNoStart(),
			containers.WithListener("web", 80, "http"))
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func(ctx context.Context) error { return server.Close(ctx) })
		Expect(server.StartWithPID(ctx, pid)).To(Serve())
		return server
	}

	It("does not start again with the PID of a predecessor that died", func(ctx SpecContext) {
		server := apache(ctx, "unfixed")

		By("an unclean death leaves the segment behind")
		Expect(server.Kill(ctx)).To(Succeed())
		Expect(server).To(Leave(segment))

		By("the same PID: the four lines of the report, in their order")
		Expect(server.StartWithPID(ctx, pid)).To(RefuseToStart(
			"AH01757: generating secret for digest authentication",
			"(17)File exists: AH01762: Failed to create shared memory segment on file /run/httpd/authdigest_shm.32768",
			"(17)File exists: AH01760: failed to initialize shm",
			"AH00020: Configuration Failed, exiting"))
		_, err := server.Get(ctx, "web", "/")
		Expect(err).To(MatchError(syscall.ECONNREFUSED))

		By("each retry with that PID fails; another PID serves")
		Expect(server.StartWithPID(ctx, pid)).To(RefuseToStart("AH01762"))
		Expect(server.StartWithPID(ctx, other)).To(Serve())
	})

	It("starts with the same PID when the leftover is removed", func(ctx SpecContext) {
		server := apache(ctx, "unfixed")
		Expect(server.Kill(ctx)).To(Succeed())
		Expect(server.RemoveLeftovers(ctx, segment)).NotTo(BeEmpty())
		Expect(server.StartWithPID(ctx, pid)).To(Serve())
	})

	It("starts with the same PID since Apache 2.4.26, whose segment has no name", func(ctx SpecContext) {
		server := apache(ctx, "stock")
		Expect(server.Kill(ctx)).To(Succeed())
		Expect(server).NotTo(Leave(segment))
		Expect(server.StartWithPID(ctx, pid)).To(StartAgain())
	})

	DescribeTable("dies at a reload that switches the module on, where a segment of the running PID lies",
		func(ctx SpecContext, form string, serves bool) {
			server := apache(ctx, "unfixed")
			Expect(server.Kill(ctx)).To(Succeed())
			Expect(server).To(Leave(segment))

			By("the report's own answer: without the module, the same PID serves")
			Expect(server.CopyFileToContainer(ctx, forms+"none.conf", digest, 0o644)).To(Succeed())
			Expect(server.StartWithPID(ctx, pid)).To(Serve())

			By("the module comes back: the control program says that all is well")
			Expect(server.CopyFileToContainer(ctx, forms+form+".conf", digest, 0o644)).To(Succeed())
			status, said, err := server.Exec(ctx, "apachectl", "graceful")
			Expect(err).NotTo(HaveOccurred())
			Expect(status).To(BeZero(), said)

			if serves {
				Consistently(ctx, server, "3s").Should(Serve())
			} else {
				Eventually(ctx, server, "10s").ShouldNot(Serve())
				Expect(server.Logs(ctx)).To(ContainSubstring("AH01762"))
			}
		},
		Entry("through 2.4.25", "unfixed", false),
		Entry("not since 2.4.26", "stock", true),
	)
})
