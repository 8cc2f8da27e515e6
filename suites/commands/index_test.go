package commands

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

func TestIndexMakesOnePageOfManyLogs(t *testing.T) {
	g := NewWithT(t)
	text, err := os.ReadFile(everyVerdict)
	g.Expect(err).NotTo(HaveOccurred())
	dir := t.TempDir()
	code, _, errOut := streams("index", dir)
	g.Expect(code).To(Equal(ExitUsage))
	g.Expect(errOut).To(ContainSubstring("has no event log (*.jsonl): give the folder"))
	for _, day := range []string{"monday", "tuesday"} {
		g.Expect(os.Mkdir(filepath.Join(dir, day), 0o755)).To(Succeed())
		g.Expect(os.WriteFile(filepath.Join(dir, day, "events.jsonl"), text, 0o644)).To(Succeed())
	}
	code, out, errOut := streams("index", dir)
	g.Expect(code).To(Equal(ExitOK), errOut)
	g.Expect(out).To(Equal("wrote " + filepath.Join(dir, "index.html") + " from 2 runs\n"))
	page, err := os.ReadFile(filepath.Join(dir, "index.html"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(page)).To(ContainSubstring("2 targets in 2 runs"))

	g.Expect(os.WriteFile(filepath.Join(dir, "broken.jsonl"), []byte("{\"kind\": 1}\n{}\n"), 0o644)).To(Succeed())
	code, _, errOut = streams("index", dir)
	g.Expect(code).To(Equal(ExitInconclusive), "a log that cannot be read is never unsaid")
	g.Expect(errOut).To(And(ContainSubstring("1 log could not be read"), ContainSubstring("broken.jsonl")))
}
