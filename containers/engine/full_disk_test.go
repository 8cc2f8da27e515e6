package engine_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/containers/engine"
)

// asClient makes this test program a client of the engine that DOCKER_HOST names: testcontainers reads the variable once in
// a process.
const asClient = "STALEMATE_TEST_CLIENT_OF_A_FULL_ENGINE"

// Reach must work on a full disk: `stalemate clean` frees it.
func TestAFullEngineIsReachedAndNotConnectedTo(t *testing.T) {
	g := NewWithT(t)
	if os.Getenv(asClient) != "" {
		reached, err := engine.Reach(t.Context())
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(reached.Close()).To(Succeed())
		_, err = engine.Connect(t.Context())
		g.Expect(err).To(MatchError(ContainSubstring("GiB free")))
		return
	}
	socket := filepath.Join(t.TempDir(), "docker.sock")
	listener, err := net.Listen("unix", socket)
	g.Expect(err).NotTo(HaveOccurred())
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Api-Version", "1.44")
		w.Header().Set("Content-Type", "application/json")
		// /proc has no byte free. One answer serves for info and version: the fields in use have different names.
		_, _ = fmt.Fprint(w, `{"OSType": "linux", "DockerRootDir": "/proc", "ApiVersion": "1.44", "Version": "full"}`)
	})}
	go func() { _ = server.Serve(listener) }() // returns when the server is closed
	defer server.Close()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), asClient+"=1", "DOCKER_HOST=unix://"+socket)
	out, err := cmd.CombinedOutput()
	g.Expect(err).NotTo(HaveOccurred(), string(out))
}
