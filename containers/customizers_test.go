package containers

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	. "github.com/onsi/gomega"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"

	"stalemate/containers/pod"
)

// configured applies options to a server with one listener.
func configured(opts ...testcontainers.ContainerCustomizer) (*settings, error) {
	return configure("registry.example:5000/team/Shop_1:ci", append(opts, WithListener("web", 8080, "http")))
}

func TestCustomizersOfTestcontainersAreHonoured(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	g.Expect(os.MkdirAll(filepath.Join(dir, "conf", "d"), 0o755)).To(Succeed())
	g.Expect(os.WriteFile(filepath.Join(dir, "conf", "d", "a"), []byte("a"), 0o600)).To(Succeed())
	strategy := wait.ForLog("ready")
	s, err := configured(
		testcontainers.WithEnv(map[string]string{"A": "1"}), testcontainers.WithEnv(map[string]string{"B": "2"}),
		testcontainers.WithCmd("serve"), testcontainers.WithCmdArgs("-v"), testcontainers.WithEntrypoint("/init"),
		testcontainers.WithTmpfs(map[string]string{"/run": "size=1m"}), testcontainers.WithImagePlatform("linux/amd64"),
		testcontainers.WithFiles(
			testcontainers.ContainerFile{Reader: strings.NewReader("text"), ContainerFilePath: "/etc/text", FileMode: 0o600},
			testcontainers.ContainerFile{HostFilePath: filepath.Join(dir, "conf"), ContainerFilePath: "/etc"}),
		testcontainers.WithWaitStrategy(strategy), testcontainers.WithNoStart(),
		testcontainers.WithConfigModifier(func(c *container.Config) { c.User = "7" }),
		testcontainers.WithHostConfigModifier(func(h *container.HostConfig) {
			h.CapAdd, h.ShmSize, h.ReadonlyRootfs = []string{"NET_ADMIN"}, 1<<20, true
			h.Sysctls, h.Tmpfs = map[string]string{"net.core.somaxconn": "1"}, map[string]string{"/var/run": ""}
		}),
		testcontainers.WithImageSubstitutors(suffix{}))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(s.noStart).To(BeTrue())
	g.Expect(s.ready).To(HaveField("Strategies", HaveExactElements(strategy)))
	g.Expect(s.source).To(And(HaveField("Image", "registry.example:5000/team/Shop_1:ci-mirrored"), HaveField("Platform", "linux/amd64")))
	g.Expect(nameOf(s)).To(Equal("shop-1"))
	g.Expect(s.spec.Env).To(Equal(map[string]string{"A": "1", "B": "2"}))
	g.Expect(s.spec).To(And(HaveField("Command", []string{"serve", "-v"}), HaveField("Entrypoint", []string{"/init"}),
		HaveField("User", "7"), HaveField("Capabilities", []string{"NET_ADMIN"}), HaveField("ShmSize", int64(1<<20)),
		HaveField("ReadOnly", true), HaveField("Sysctls", HaveKey("net.core.somaxconn")),
		HaveField("Tmpfs", Equal(map[string]string{"/run": "size=1m", "/var/run": ""}))))
	g.Expect(s.spec.Files).To(HaveExactElements(
		pod.File{Content: []byte("text"), To: "/etc/text", Mode: 0o600},
		pod.File{From: filepath.Join(dir, "conf", "d", "a"), To: "/etc/conf/d/a"}))
}

// suffix names another image.
type suffix struct{}

func (suffix) Description() string                     { return "suffix" }
func (suffix) Substitute(image string) (string, error) { return image + "-mirrored", nil }

func TestADockerfileIsBuiltByTheStoreOfImages(t *testing.T) {
	g := NewWithT(t)
	mode := "ci"
	s, err := configure("", []testcontainers.ContainerCustomizer{WithListener("web", 80, "http"),
		testcontainers.WithDockerfile(testcontainers.FromDockerfile{Context: "../fixtures/nginx", Dockerfile: "Other", KeepImage: true,
			BuildArgs: map[string]*string{"MODE": &mode}})})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(s.source).To(And(HaveField("Image", ""), HaveField("Build", "../fixtures/nginx"), HaveField("File", "Other"),
		HaveField("Args", map[string]string{"MODE": "ci"})))
	g.Expect(nameOf(s)).To(Equal("nginx"))
}

func TestWhatAPodCannotHonourIsRefusedByName(t *testing.T) {
	g := NewWithT(t)
	for says, opt := range map[string]testcontainers.ContainerCustomizer{
		"WithExposedPorts: no port of a pod is published": testcontainers.WithExposedPorts("80/tcp"),
		"WithHostPortAccess: a pod has its own network":   testcontainers.WithHostPortAccess(80),
		"WithMounts":         testcontainers.WithMounts(testcontainers.VolumeMount("data", "/data")),
		"WithLabels":         testcontainers.WithLabels(map[string]string{"a": "b"}),
		"WithName":           testcontainers.WithName("shop"),
		"WithReuseByName":    testcontainers.WithReuseByName("shop"),
		"WithAlwaysPull":     testcontainers.WithAlwaysPull(),
		"WithStartupCommand": testcontainers.WithStartupCommand(testcontainers.NewRawCommand([]string{"true"})),
		"WithLogConsumers":   testcontainers.WithLogConsumers(&testcontainers.StdoutLogConsumer{}),
		"WithProvider":       testcontainers.WithProvider(testcontainers.ProviderDocker),
		"it sets Privileged": testcontainers.WithHostConfigModifier(func(h *container.HostConfig) { h.Privileged = true }),
		"it sets WorkingDir": testcontainers.WithConfigModifier(func(c *container.Config) { c.WorkingDir = "/" }),
		"*wait.HTTPStrategy dials a published port":     testcontainers.WithWaitStrategy(wait.ForHTTP("/")),
		"*wait.HostPortStrategy dials a published port": testcontainers.WithWaitStrategy(wait.ForListeningPort("80/tcp")),
		"only Context, Dockerfile, BuildArgs and":       testcontainers.WithDockerfile(testcontainers.FromDockerfile{Context: ".", Repo: "r"}),
		"WithListener: two listeners are named web":     WithListener("web", 80, "http"),
		"WithListener: listener a speaks \"gopher\"":    WithListener("a", 80, "gopher"),
		"WithListener: listener a has port 0":           WithListener("a", 0, "http"),
		"ServerName: it speaks http, which has no TLS":  WithListener("a", 80, "http", ServerName("a")),
		"TLSVersion: \"1.4\" is not 1.0, 1.2 or 1.3":    WithListener("a", 80, "tls", TLSVersion("1.4")),
		"WithRestartAs: \"vm\" is none of host, docker": WithRestartAs("vm"),
		"WithCertificate: it has no name":               WithCertificate("/c", "/k"),
	} {
		_, err := configure("shop", []testcontainers.ContainerCustomizer{WithListener("web", 8080, "http"), opt})
		g.Expect(err).To(MatchError(ContainSubstring(says)))
	}
	_, err := configure("shop", nil)
	g.Expect(err).To(MatchError(ContainSubstring("name one with containers.WithListener")))
}

func TestAHoldOptionThatMakesNoSenseIsRefused(t *testing.T) {
	g := NewWithT(t)
	for says, option := range map[string]HoldOption{
		"Trickle: a byte each 0s":      Trickle(0),
		"TrickleFor: it lasts 0s":      TrickleFor(time.Second, 0),
		"LimitedBy: Timeout is -1s":    LimitedBy("Timeout", -time.Second),
		"Every: the time is -1s":       Every(-time.Second),
		"Conversation: it has no step": Conversation(),
	} {
		g.Expect(option(&parking{})).To(MatchError(says))
	}
}
