package acceptance_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	. "github.com/onsi/gomega"
)

// TestAPublisherRenamesTheModule does so in a copy of the tree, and builds what is there under its new path: the packages and
// their tests, the programs that run in pods, and the module that requires this one.
func TestAPublisherRenamesTheModule(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the whole module")
	}
	g := NewWithT(t)
	dir := t.TempDir()
	g.Expect(copyTree(moduleRoot, dir)).To(Succeed())
	in := func(below, name string, args ...string) string {
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir = filepath.Join(dir, below)
		out, err := cmd.CombinedOutput()
		g.Expect(err).NotTo(HaveOccurred(), "%s %q:\n%s", name, args, out)
		return string(out)
	}
	const path = "code.example/owner/stalemate"
	g.Expect(in("", "make", "module", "PATH="+path)).To(ContainSubstring("stalemate is " + path + " now"))
	g.Expect(in("", "go", "list", "-m")).To(Equal(path + "\n"))
	in("", "go", "vet", "./...")
	in("", "go", "test", "-count=1", "./containers/binary")
	in("containers/testdata/outside", "go", "vet", "./...")
	g.Expect(in("", "make", ".build/stalemate")).To(ContainSubstring("-X " + path + "/containers/binary.helperSum="))

	wrong := exec.CommandContext(t.Context(), "make", "module")
	wrong.Dir = dir
	out, err := wrong.CombinedOutput()
	g.Expect(err).To(HaveOccurred())
	g.Expect(string(out)).To(ContainSubstring("make module PATH="))
	g.Expect(in("", "go", "list", "-m")).To(Equal(path+"\n"), "nothing was renamed")
}

// copyTree copies the source, and neither its history nor what was built.
func copyTree(from, to string) error {
	without := []string{".git", ".build", "reports/out"}
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		switch {
		case slices.Contains(without, filepath.ToSlash(name)):
			if entry.IsDir() {
				return filepath.SkipDir
			}
			return nil // .git of a work tree
		case entry.IsDir():
			return os.MkdirAll(filepath.Join(to, name), 0o700)
		case !entry.Type().IsRegular():
			return nil // a socket
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), data, info.Mode().Perm())
	})
}
