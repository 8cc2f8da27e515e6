package acceptance_test

import (
	"encoding/json"
	"os"
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
	source, err := filepath.Abs(filepath.Join(moduleRoot, "fixtures", "canary", "false-limit.yaml"))
	g.Expect(err).NotTo(HaveOccurred())
	text, err := os.ReadFile(source)
	g.Expect(err).NotTo(HaveOccurred())
	corrected := filepath.Join(t.TempDir(), "target.yaml")
	g.Expect(os.WriteFile(corrected, text, 0o644)).To(Succeed())
	replace(t, corrected, "idle: 4s", "idle: 2s")
	overlay := filepath.Join(t.TempDir(), "overlay.json")
	content, err := json.Marshal(map[string]any{"Replace": map[string]string{source: corrected}})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(os.WriteFile(overlay, content, 0o644)).To(Succeed())
	path, err := buildInto("stalemate-canary-", "-overlay="+overlay)
	g.Expect(err).NotTo(HaveOccurred())

	e := check(t, path, "-f", filepath.Join(moduleRoot, "fixtures", "nginx"), "--only", "nginx/web/http.keep-alive")
	g.Expect(e.exit).To(Equal(3), e.out+e.errOut)
	g.Expect(e.out).To(ContainSubstring("canary"))
}
