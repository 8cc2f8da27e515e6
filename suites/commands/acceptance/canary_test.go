package acceptance_test

import (
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// Where the canary's limit is true, the run has not shown that it can tell a
// false one, and proves nothing.
func TestCorrectedCanaryMakesTheRunInconclusive(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	g := NewWithT(t)
	path := builtWith(t, filepath.Join("fixtures", "canary", "false-limit.yaml"), "idle: 4s", "idle: 2s")
	e := check(t, path, "-f", filepath.Join(moduleRoot, "fixtures", "nginx"), "--only", "nginx/web/http.keep-alive")
	g.Expect(e.exit).To(Equal(3), e.out+e.errOut)
	g.Expect(e.out).To(ContainSubstring("canary"))
}
