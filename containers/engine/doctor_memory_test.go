package engine

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

func TestAvailableMemory(t *testing.T) {
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "meminfo")
	g.Expect(os.WriteFile(path, []byte("MemTotal:  100 kB\nMemAvailable:    2048 kB\n"), 0o644)).To(Succeed())
	g.Expect(availableMemory(path)).To(Equal(uint64(2 << 20)))
	g.Expect(os.WriteFile(path, []byte("MemTotal:  100 kB\n"), 0o644)).To(Succeed())
	_, err := availableMemory(path)
	g.Expect(err).To(MatchError(ContainSubstring("no MemAvailable")))
}
