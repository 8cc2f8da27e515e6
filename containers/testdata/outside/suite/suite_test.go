// Package suite tests the shop with Ginkgo, in one pod for all specs.
package suite_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/testcontainers/testcontainers-go"

	"stalemate/attackers/stages"
	"stalemate/containers"
	. "stalemate/suites/matchers"
)

func TestShop(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Shop")
}

var _ = Describe("the shop", Ordered, func() {
	var shop *containers.Server

	BeforeAll(func(ctx SpecContext) {
		folder := filepath.Join(GinkgoT().TempDir(), "shop")
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-o", filepath.Join(folder, "server"), "shop.example")
		build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
		Expect(build.Run()).To(Succeed())
		dockerfile := "FROM scratch\nCOPY server /server\nCMD [\"/server\"]\n"
		Expect(os.WriteFile(filepath.Join(folder, "Dockerfile"), []byte(dockerfile), 0o600)).To(Succeed())

		var err error
		shop, err = containers.Run(ctx, "",
			testcontainers.WithDockerfile(testcontainers.FromDockerfile{Context: folder}),
			testcontainers.WithEnv(map[string]string{"SHOP_TIMEOUT": "2s"}),
			testcontainers.WithWaitStrategy(containers.ForAnswer("web", "/", 200)),
			containers.WithCertificate("/etc/shop/cert.pem", "/etc/shop/key.pem", "shop.example"),
			containers.WithListener("web", 8080, "http"),
			containers.WithListener("tls", 8443, "https"))
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(shop.Close)
	}, NodeTimeout(5*time.Minute))

	DescribeTable("ends a connection in time", func(ctx SpecContext, listener, stage string) {
		hold, err := shop.Hold(ctx, stage, containers.OnListener(listener))
		Expect(err).NotTo(HaveOccurred())
		Expect(hold).To(BeReleasedWithin(3 * time.Second))
		Expect(hold).To(FreeItsWorker())
	},
		Entry("in a silent handshake", "tls", stages.TLSClientHello, NodeTimeout(time.Minute)),
		Entry("in a request's head", "web", stages.HTTPHeaders, NodeTimeout(time.Minute)),
	)

	It("starts again after an unclean death", func() {
		Expect(shop).To(StartAgain())
	})
})
