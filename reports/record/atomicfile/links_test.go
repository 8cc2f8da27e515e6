package atomicfile

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

func TestNoLinks(t *testing.T) {
	g := NewWithT(t)
	t.Chdir(t.TempDir())
	elsewhere := t.TempDir()
	g.Expect(os.MkdirAll("reports/out", 0o755)).To(Succeed())
	g.Expect(os.Symlink(elsewhere, "reports/link")).To(Succeed())
	g.Expect(os.Symlink(elsewhere, "top")).To(Succeed())
	for _, fine := range []string{"log", "./log", "reports/out/log", "reports/new/folder/log", "../log", filepath.Join(elsewhere, "log")} {
		g.Expect(NoLinks(fine)).To(Succeed(), fine)
	}
	here, err := os.Getwd()
	g.Expect(err).NotTo(HaveOccurred())
	for _, link := range []string{"top/log", "top/below/log", "reports/link/log", "reports/link/below/log", filepath.Join(here, "top", "log")} {
		g.Expect(NoLinks(link)).To(MatchError(ErrLink), link)
	}
	g.Expect(NoLinks(filepath.Join(here, "top", "below", "log"))).To(Succeed(), "the operator has written it")
}
