package binary

import (
	"debug/buildinfo"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

func TestOnlyTheHelperOfTheSameBuildIsTaken(t *testing.T) {
	g := NewWithT(t)
	self := filepath.Join(t.TempDir(), "stalemate")
	const sum = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" // of hello
	_, ok := besides(self, sum)
	g.Expect(ok).To(BeFalse(), "there is none")
	beside := filepath.Join(filepath.Dir(self), "helper")
	g.Expect(os.WriteFile(beside, []byte("hello"), 0o700)).To(Succeed())
	path, ok := besides(self, sum)
	g.Expect(ok).To(BeTrue())
	g.Expect(path).To(Equal(beside))
	_, ok = besides(self, "")
	g.Expect(ok).To(BeFalse(), "this program was built alone")
	g.Expect(os.WriteFile(beside, []byte("hello again"), 0o700)).To(Succeed())
	_, ok = besides(self, sum)
	g.Expect(ok).To(BeFalse(), "it is of another build")
}

func TestHelperIsAProgramOfItsOwn(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program")
	}
	g := NewWithT(t)
	path, err := Helper(t.Context(), "amd64", nil)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(usable(path, helperPath, "amd64")).To(Succeed())
	whole, err := For(t.Context(), "amd64", nil)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(usable(whole, mainPath, "amd64")).To(Succeed())
	info, err := buildinfo.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	for _, d := range info.Deps {
		g.Expect(d.Path).To(Or(HavePrefix("golang.org/x/"), HavePrefix("github.com/spf13/"), HavePrefix("github.com/vishvananda/")),
			"many helpers start in a run, and each loads what it links")
	}
}
