package atomicfile_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record/atomicfile"
)

func text(s string) func(io.Writer) error {
	return func(out io.Writer) error {
		_, err := io.WriteString(out, s)
		return err
	}
}

func names(g *WithT, dir string) []string {
	entries, err := os.ReadDir(dir)
	g.Expect(err).NotTo(HaveOccurred())
	var all []string
	for _, entry := range entries {
		all = append(all, entry.Name())
	}
	return all
}

func TestAFileIsReplacedWhole(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "report.json")
	g.Expect(atomicfile.Write(path, 0o640, text("first"))).To(Succeed())
	info, err := os.Stat(path)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(info.Mode().Perm() &^ 0o640).To(BeZero())
	g.Expect(atomicfile.Write(path, 0o640, func(out io.Writer) error {
		if err := text("second")(out); err != nil {
			return err
		}
		old, err := os.ReadFile(path)
		g.Expect(string(old)).To(Equal("first"), "the old file stays until the new one is whole")
		return err
	})).To(Succeed())
	g.Expect(os.ReadFile(path)).To(BeEquivalentTo("second"))
	g.Expect(names(g, dir)).To(Equal([]string{"report.json"}))
}

func TestAFailureLeavesTheOldFile(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "report.json")
	g.Expect(os.WriteFile(path, []byte("old"), 0o600)).To(Succeed())
	full := errors.New("the disk is full")
	err := atomicfile.Write(path, 0o644, func(out io.Writer) error { return errors.Join(text("half")(out), full) })
	g.Expect(err).To(MatchError(full))
	g.Expect(os.ReadFile(path)).To(BeEquivalentTo("old"))
	g.Expect(names(g, dir)).To(Equal([]string{"report.json"}))

	folder := filepath.Join(dir, "folder")
	g.Expect(os.MkdirAll(filepath.Join(folder, "full"), 0o755)).To(Succeed())
	g.Expect(atomicfile.Write(folder, 0o644, text("x"))).NotTo(Succeed(), "a folder is not replaced")
	g.Expect(names(g, dir)).To(Equal([]string{"folder", "report.json"}))
}

func TestTheModeIsThatOfTheOldFile(t *testing.T) {
	for _, mode := range []os.FileMode{0o600, 0o640, 0o755} {
		t.Run(fmt.Sprint(mode), func(t *testing.T) {
			g := NewWithT(t)
			path := filepath.Join(t.TempDir(), "target.yaml")
			g.Expect(os.WriteFile(path, nil, 0o600)).To(Succeed())
			g.Expect(os.Chmod(path, mode)).To(Succeed())
			g.Expect(atomicfile.Write(path, 0o666, text("new"))).To(Succeed())
			info, err := os.Stat(path)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(info.Mode().Perm()).To(Equal(mode))
		})
	}
}

func TestTry(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	g.Expect(atomicfile.Try(filepath.Join(dir, "report.json"))).To(Succeed())
	g.Expect(names(g, dir)).To(BeEmpty())
	g.Expect(atomicfile.Try(filepath.Join(dir, "none", "report.json"))).To(MatchError(os.ErrNotExist))
}
