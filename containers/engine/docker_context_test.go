package engine_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/containers/engine"
)

// contextNamed writes a docker context into a folder, as `docker context create` does.
func contextNamed(t *testing.T, folder, name, host string) {
	t.Helper()
	g := NewWithT(t)
	sum := sha256.Sum256([]byte(name))
	dir := filepath.Join(folder, "contexts", "meta", hex.EncodeToString(sum[:]))
	g.Expect(os.MkdirAll(dir, 0o700)).To(Succeed())
	text, err := json.Marshal(map[string]any{"Name": name, "Endpoints": map[string]any{"docker": map[string]any{"Host": host, "SkipTLSVerify": false}}})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(os.WriteFile(filepath.Join(dir, "meta.json"), text, 0o600)).To(Succeed())
}

// The engine is the one that the docker command uses in the same shell.
func TestADockerContextNamesTheEngine(t *testing.T) {
	if os.Getenv(asClient) != "" {
		g := NewWithT(t)
		e, err := engine.Reach(t.Context())
		g.Expect(err).NotTo(HaveOccurred())
		defer e.Close()
		g.Expect(e.Host()).To(Equal("unix://" + os.Getenv("WANTED")))
		return
	}
	g := NewWithT(t)
	named := fakeEngine(t, `{"OSType": "linux", "ApiVersion": "1.44", "Version": "named"}`)
	folder := t.TempDir()
	contextNamed(t, folder, "elsewhere", "unix://"+named)
	again(t, "DOCKER_CONFIG="+folder, "DOCKER_HOST=", "DOCKER_CONTEXT=elsewhere", "WANTED="+named)

	g.Expect(os.WriteFile(filepath.Join(folder, "config.json"), []byte(`{"currentContext": "elsewhere"}`), 0o600)).To(Succeed())
	again(t, "DOCKER_CONFIG="+folder, "DOCKER_HOST=", "DOCKER_CONTEXT=", "WANTED="+named)

	other := fakeEngine(t, `{"OSType": "linux", "ApiVersion": "1.44", "Version": "other"}`)
	again(t, "DOCKER_CONFIG="+folder, "DOCKER_HOST=unix://"+other, "DOCKER_CONTEXT=elsewhere", "WANTED="+other)
}

func TestADockerContextThatCannotBeUsedIsNamed(t *testing.T) {
	folder := t.TempDir()
	contextNamed(t, folder, "remote", "ssh://somebody@127.0.0.1")
	contextNamed(t, folder, "empty", "")
	t.Setenv("DOCKER_CONFIG", folder)
	for name, want := range map[string]string{
		"remote": "the docker context remote is ssh://somebody@127.0.0.1, but only unix and tcp",
		"empty":  `the docker context "empty", which DOCKER_CONTEXT names, has no address`,
		"none":   `there is no docker context "none", which DOCKER_CONTEXT names`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("DOCKER_HOST", "") // Connect sets it for testcontainers
			t.Setenv("DOCKER_CONTEXT", name)
			_, err := engine.Connect(t.Context())
			NewWithT(t).Expect(err).To(MatchError(ContainSubstring(want)))
		})
	}
}

// Pods cannot start there, and each try would leave a network.
func TestAPodmanThatCannotStartPodsIsRefused(t *testing.T) {
	if os.Getenv(asClient) != "" {
		g := NewWithT(t)
		findings := engine.Diagnose(t.Context())
		if os.Getenv("WANTED") == "refused" {
			g.Expect(findings).To(ConsistOf(HaveField("Level", engine.Fail)))
			g.Expect(findings[0].Detail).To(ContainSubstring("podman 4.3.1 cannot run stalemate's pods"))
			return
		}
		g.Expect(findings).To(ContainElement(And(HaveField("Name", "podman"), HaveField("Level", engine.Warn))))
		return
	}
	for version, wanted := range map[string]string{"4.3.1": "refused", "5.4.2": "a warning"} {
		socket := fakeEngine(t, `{"OSType": "linux", "ApiVersion": "1.41", "Version": "`+version+`", "Components": [{"Name": "Podman Engine", "Version": "`+version+`"}]}`)
		again(t, "DOCKER_HOST=unix://"+socket, "WANTED="+wanted)
	}
}
