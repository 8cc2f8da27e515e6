package house_test

import (
	"bytes"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// longest is how many lines a Go file may have: about what is read in a few minutes.
const longest = 250

// goFiles gives the paths of all Go files below the root, by folder. It leaves out testdata,
// and folders whose name begins with a dot, which hold what was built.
func goFiles(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return filepath.SkipDir
		case !d.IsDir() && strings.HasSuffix(path, ".go"):
			found[filepath.Dir(path)] = append(found[filepath.Dir(path)], path)
		}
		return nil
	})
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	NewWithT(t).Expect(found).NotTo(BeEmpty())
	return found
}

func TestNoFileIsTooLong(t *testing.T) {
	for _, files := range goFiles(t) {
		for _, path := range files {
			text, err := os.ReadFile(path)
			NewWithT(t).Expect(err).NotTo(HaveOccurred())
			name, err := filepath.Rel(root, path)
			NewWithT(t).Expect(err).NotTo(HaveOccurred())
			if n := bytes.Count(text, []byte("\n")); n > longest {
				t.Errorf("%s has %d lines, and may have %d: split it by subject", name, n, longest)
			}
		}
	}
}

// firstSentence is how godoc wants a package comment to begin.
var firstSentence = regexp.MustCompile(`^(Package|Command) (\w+) [^.]`)

func TestEveryFolderSaysWhatIsInIt(t *testing.T) {
	for folder, files := range goFiles(t) {
		name, comments := "", []string{}
		for _, path := range files {
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.PackageClauseOnly)
			NewWithT(t).Expect(err).NotTo(HaveOccurred())
			name = strings.TrimSuffix(file.Name.Name, "_test")
			if file.Doc != nil {
				comments = append(comments, file.Doc.Text())
			}
		}
		if len(comments) != 1 {
			t.Errorf("%s has %d package comments: give it one", folder, len(comments))
			continue
		}
		said := firstSentence.FindStringSubmatch(comments[0])
		if said == nil || said[1] == "Package" && said[2] != name {
			t.Errorf("%s: the package comment begins %.60q: begin it with \"Package %s\"", folder, comments[0], name)
		}
	}
}

// topLevel is all that a visitor sees first. Names with a dot in front are free.
func topLevel() []string {
	return []string{"ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md", "SECURITY.md",
		"attackers", "containers", "fixtures", "go.mod", "go.sum", "main.go", "reports", "suites"}
}

func TestTheTopLevelStaysSmall(t *testing.T) {
	entries, err := os.ReadDir(root)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	for _, e := range entries {
		if name := e.Name(); !strings.HasPrefix(name, ".") && !slices.Contains(topLevel(), name) {
			t.Errorf("%s is at the top of the tree: put it into the folder of its subject", name)
		}
	}
}
