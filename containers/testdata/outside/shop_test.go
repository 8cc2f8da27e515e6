package main_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/testcontainers/testcontainers-go"

	"stalemate/attackers/stages"
	"stalemate/containers"
	"stalemate/suites/matchers"
)

// run starts the shop in a pod, with environment variables of its own.
func run(t testing.TB, env map[string]string) (context.Context, *containers.Server) {
	g := NewWithT(t)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	server, err := containers.Run(ctx, "",
		testcontainers.WithDockerfile(testcontainers.FromDockerfile{Context: build(ctx, g, t.TempDir())}),
		testcontainers.WithEnv(env),
		containers.WithListener("web", 8080, "http"),
		containers.WithListener("tls", 8443, "https", containers.ServerName("shop.example")),
		containers.WithCertificate("/etc/shop/cert.pem", "/etc/shop/key.pem", "shop.example"))
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { g.Expect(server.Close(ctx)).To(Succeed()) })
	return ctx, server
}

// build makes the folder of the shop's image: the program and nothing else.
func build(ctx context.Context, g *WithT, dir string) string {
	folder := filepath.Join(dir, "shop")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-o", filepath.Join(folder, "server"), ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	out, err := cmd.CombinedOutput()
	g.Expect(err).NotTo(HaveOccurred(), string(out))
	dockerfile := "FROM scratch\nCOPY server /server\nCMD [\"/server\"]\n"
	g.Expect(os.WriteFile(filepath.Join(folder, "Dockerfile"), []byte(dockerfile), 0o600)).To(Succeed())
	return folder
}

func TestASilentHandshakeIsEndedByTheShopsTimeout(t *testing.T) {
	g := NewWithT(t)
	ctx, shop := run(t, map[string]string{"SHOP_TIMEOUT": "2s"})
	hold, err := shop.Hold(ctx, stages.TLSClientHello, containers.OnListener("tls"), containers.LimitedBy("SHOP_TIMEOUT", 2*time.Second))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(hold).To(matchers.BeProven())
	g.Expect(hold).To(matchers.BeReleasedWithin(3 * time.Second))
	g.Expect(hold).To(matchers.FreeItsWorker())
	g.Expect(shop).To(matchers.Serve())
}

func TestWithoutATimeoutASilentHandshakeIsHeld(t *testing.T) {
	g := NewWithT(t)
	ctx, shop := run(t, nil)
	hold, err := shop.Hold(ctx, stages.TLSClientHello, containers.OnListener("tls"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(hold).To(matchers.BeHeld(4 * time.Second))
}

func TestAShopWithAnExclusiveLockDoesNotStartAgain(t *testing.T) {
	g := NewWithT(t)
	ctx, shop := run(t, map[string]string{"SHOP_LOCK": "exclusive"})
	pid := shop.PID()
	g.Expect(shop.Kill(ctx)).To(Succeed())
	g.Expect(shop).To(matchers.Leave("lock shop.*.lock"))
	g.Expect(shop.StartWithPID(ctx, pid)).To(matchers.RefuseToStart("file exists"))
	g.Expect(shop.StartWithPID(ctx, pid+1)).To(matchers.StartAgain())
	g.Expect(shop.RemoveLeftovers(ctx, "lock shop.*.lock")).NotTo(BeEmpty())
	g.Expect(shop).To(matchers.StartAgain())
}

func TestAShopThatTakesALockOverStartsAgain(t *testing.T) {
	_, shop := run(t, nil)
	NewWithT(t).Expect(shop).To(matchers.StartAgain())
}
