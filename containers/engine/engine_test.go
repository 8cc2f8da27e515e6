package engine_test

import (
	"context"
	"os"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/containers/engine"
)

func TestConnectDescribesTheEngine(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a container engine")
	}
	g := NewWithT(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	e, err := engine.Connect(ctx)
	g.Expect(err).NotTo(HaveOccurred())
	defer e.Close()
	for _, key := range []string{"version", "api", "kernel", "os", "arch", "cgroup", "runtime", "storage_driver"} {
		g.Expect(e.Info()).To(HaveKeyWithValue(key, Not(BeEmpty())))
	}
	g.Expect(e.Arch()).To(BeElementOf("amd64", "arm64"))
	g.Expect(os.Getenv("TESTCONTAINERS_RYUK_DISABLED")).To(Equal("true"))
	for _, finding := range e.Doctor(ctx) {
		t.Logf("%-12s %-4s %s", finding.Name, finding.Level, finding.Detail)
		g.Expect(finding.Level).NotTo(Equal(engine.Fail), finding.Name)
		if finding.Level == engine.OK {
			g.Expect(finding.ToDo).To(BeEmpty(), finding.Name)
		} else {
			g.Expect(finding.ToDo).NotTo(BeEmpty(), finding.Name)
		}
	}
}

// testcontainers would silently use the default socket for these.
func TestConnectRefusesAnAddressThatIsNotUsed(t *testing.T) {
	for host, want := range map[string]string{
		"unix:///no/such/docker.sock": "no such socket",
		"ssh://somebody@127.0.0.1":    "only unix and tcp",
		"://":                         "DOCKER_HOST",
	} {
		t.Run(want, func(t *testing.T) {
			g := NewWithT(t)
			t.Setenv("DOCKER_HOST", host)
			_, err := engine.Connect(t.Context())
			g.Expect(err).To(MatchError(ContainSubstring(want)))
			findings := engine.Diagnose(t.Context())
			g.Expect(findings).To(HaveLen(1))
			g.Expect(findings[0].Level).To(Equal(engine.Fail))
		})
	}
}

func TestConnectDoesNotFallBackToAnotherEngine(t *testing.T) {
	g := NewWithT(t)
	socket := t.TempDir() + "/docker.sock"
	g.Expect(os.WriteFile(socket, nil, 0o600)).To(Succeed())
	t.Setenv("DOCKER_HOST", "unix://"+socket)
	_, err := engine.Connect(t.Context())
	g.Expect(err).To(MatchError(Or(ContainSubstring("make engine"), ContainSubstring("but the engine that answered is"))))
}
