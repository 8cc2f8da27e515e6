package containers_test

import (
	"os"
	"os/exec"
	"testing"

	. "github.com/onsi/gomega"
)

// outside is a module that only requires this one, as everybody's who uses the package.
const outside = "testdata/outside"

// inOutside runs the Go command there.
func inOutside(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = outside
	cmd.Env = append(os.Environ(), "GOFLAGS=-buildvcs=false", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	NewWithT(t).Expect(err).NotTo(HaveOccurred(), "go %q in %s (where go.mod is stale, run `go mod tidy` there):\n%s", args, outside, out)
	t.Logf("%s", out)
}

func TestTheOutsideModuleCompiles(t *testing.T) { inOutside(t, "vet", "./...") }

func TestTheOutsideModulePasses(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a container engine")
	}
	inOutside(t, "test", "-count=1", "-v", "./...")
}
