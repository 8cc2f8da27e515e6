package acceptance_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// builtWith builds the command with one text of one of its files replaced, and gives its path.
func builtWith(t *testing.T, file, from, to string) string {
	t.Helper()
	g := NewWithT(t)
	source, err := filepath.Abs(filepath.Join(moduleRoot, file))
	g.Expect(err).NotTo(HaveOccurred())
	text, err := os.ReadFile(source)
	g.Expect(err).NotTo(HaveOccurred())
	changed := filepath.Join(t.TempDir(), filepath.Base(file))
	g.Expect(os.WriteFile(changed, text, 0o644)).To(Succeed())
	replace(t, changed, from, to)
	overlay := filepath.Join(t.TempDir(), "overlay.json")
	content, err := json.Marshal(map[string]any{"Replace": map[string]string{source: changed}})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(os.WriteFile(overlay, content, 0o644)).To(Succeed())
	path, err := buildInto("stalemate-overlay-", "-overlay="+overlay)
	g.Expect(err).NotTo(HaveOccurred())
	return path
}
