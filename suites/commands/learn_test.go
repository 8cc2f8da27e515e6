package commands

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// TestLearnHidesSecrets has the one thing that is said without an engine say a secret.
func TestLearnHidesSecrets(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	partial := filepath.Join(dir, "partial.yaml")
	g.Expect(os.WriteFile(partial, []byte("image: example/edge:1\nenv: {TOKEN: \"${env:STALEMATE_TEST_TOKEN}\"}\n"), 0o644)).To(Succeed())
	t.Setenv("STALEMATE_TEST_TOKEN", "s3cr3t")
	t.Setenv("DOCKER_HOST", "s3cr3t://here")
	code, out := command("learn", "-f", partial, "--out", dir, "-o", filepath.Join(dir, "s3cr3t.yaml"))
	g.Expect(code).To(Equal(ExitInconclusive))
	g.Expect(out).To(ContainSubstring("nothing was learnt: DOCKER_HOST is ***://here"))
	log, err := os.ReadFile(filepath.Join(dir, "events.jsonl"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(log)).To(ContainSubstring("DOCKER_HOST is ***://here"))
	g.Expect(out + string(log)).NotTo(ContainSubstring("s3cr3t"))
	g.Expect(filepath.Join(dir, "s3cr3t.yaml")).NotTo(BeAnExistingFile())
}
