package engine_test

import (
	"os"
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
	socket := fakeEngine(t, `{"OSType": "linux", "DockerRootDir": "/proc", "ApiVersion": "1.44", "Version": "full"}`) // /proc has no byte free
	again(t, "DOCKER_HOST=unix://"+socket)
}
