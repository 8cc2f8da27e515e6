package binary

import (
	"debug/buildinfo"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

func TestOnlyTheHelperOfTheSameBuildIsUsed(t *testing.T) {
	g := NewWithT(t)
	self := filepath.Join(t.TempDir(), "stalemate")
	const sum = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" // of hello
	_, ok := adjacentHelper(self, sum)
	g.Expect(ok).To(BeFalse(), "there is no helper")
	helper := filepath.Join(filepath.Dir(self), "helper")
	g.Expect(os.WriteFile(helper, []byte("hello"), 0o700)).To(Succeed())
	path, ok := adjacentHelper(self, sum)
	g.Expect(ok).To(BeTrue())
	g.Expect(path).To(Equal(helper))
	_, ok = adjacentHelper(self, "")
	g.Expect(ok).To(BeFalse(), "this program was built alone")
	g.Expect(os.WriteFile(helper, []byte("hello again"), 0o700)).To(Succeed())
	_, ok = adjacentHelper(self, sum)
	g.Expect(ok).To(BeFalse(), "the helper is of another build")
}

func TestTheHelperLinksOnlyWhatItNeeds(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program")
	}
	g := NewWithT(t)
	path, err := Helper(t.Context(), "amd64", nil)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(usable(path, helperPath(), "amd64")).To(Succeed())
	stalemate, err := Stalemate(t.Context(), "amd64", nil)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(usable(stalemate, modulePath(), "amd64")).To(Succeed())
	info, err := buildinfo.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	for _, d := range info.Deps {
		g.Expect(d.Path).To(Or(HavePrefix("golang.org/x/"), HavePrefix("github.com/spf13/"), HavePrefix("github.com/vishvananda/")),
			"a run starts the helper in every container, and each start loads all that is linked")
	}
}
