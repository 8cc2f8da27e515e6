package house_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// root is the top of the tree, as the tests see it.
const root = "../../.."

// listWithin bounds `go list`, which may have to read the module cache first.
const listWithin = 2 * time.Minute

// listed is what `go list -json` tells of a package.
type listed struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
	Module       struct{ Path string }
}

// TestImportsPointDownwards checks every package of the module against the rules.
func TestImportsPointDownwards(t *testing.T) {
	g := NewWithT(t)
	packages := packages(t)
	g.Expect(len(packages)).To(BeNumerically(">", 30))
	for _, r := range rules() {
		checked := 0
		for _, p := range packages {
			if r.about(p.path) {
				checked++
				for _, wrong := range r.broken(p) {
					t.Errorf("%s\n%s", wrong, r.why)
				}
			}
		}
		g.Expect(checked).To(BeNumerically(">", 0), "no package is under %s", r.of)
	}
}

// source is one package: its path in the module and what it imports. What is of this
// module has its path in it.
type source struct {
	path    string
	imports []string
	tests   []string
}

func packages(t *testing.T) []source {
	t.Helper()
	g := NewWithT(t)
	ctx, cancel := context.WithTimeout(context.Background(), listWithin)
	defer cancel()
	list := exec.CommandContext(ctx, "go", "list", "-json=ImportPath,Imports,TestImports,XTestImports,Module", "./...")
	list.Dir = root
	var said bytes.Buffer
	list.Stderr = &said
	out, err := list.Output()
	g.Expect(err).NotTo(HaveOccurred(), said.String())
	var all []source
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := decoder.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatalf("read what go list says: %v", err)
		}
		all = append(all, p.source())
	}
}

func (p listed) source() source {
	inModule := func(imports []string) []string {
		short := slices.Clone(imports)
		for i, path := range short {
			if rest, ok := strings.CutPrefix(path, p.Module.Path+"/"); ok {
				short[i] = "./" + rest
			}
		}
		return short
	}
	path := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, p.Module.Path), "/")
	if path == "" {
		path = "."
	}
	return source{path, inModule(p.Imports), inModule(append(p.TestImports, p.XTestImports...))}
}

// about says whether the rule is about the package. "." stands for main alone.
func (r rule) about(path string) bool {
	return covers(r.of, path) && (r.except == "" || !covers(r.except, path))
}

// broken names the imports of a package that break the rule.
func (r rule) broken(p source) []string {
	imports := p.imports
	if r.tests {
		imports = slices.Concat(p.imports, p.tests)
	}
	var wrong []string
	for _, path := range imports {
		ours, isOurs := strings.CutPrefix(path, "./")
		covered := func(folder string) bool { return covers(folder, ours) }
		switch {
		case isOurs && r.may != nil && !slices.ContainsFunc(r.may, covered) && !covers(p.path, ours):
			wrong = append(wrong, fmt.Sprintf("%s imports %s; of this module it may import %s", p.path, ours, strings.Join(r.may, ", ")))
		case slices.ContainsFunc(r.never, covered):
			wrong = append(wrong, fmt.Sprintf("%s imports %s, which it must not", p.path, ours))
		}
	}
	return wrong
}

// TestARuleFindsWhatBreaksIt, so that a green tree means something.
func TestARuleFindsWhatBreaksIt(t *testing.T) {
	g := NewWithT(t)
	r := rule{of: "suites/plan", may: []string{"reports/record"}, never: []string{"net"}}
	p := source{path: "suites/plan", imports: []string{"fmt", "./reports/record/wire"}, tests: []string{"net"}}
	g.Expect(r.broken(p)).To(BeEmpty(), "its tests are free")
	r.tests = true
	g.Expect(r.broken(p)).To(ConsistOf(ContainSubstring("imports net, which it must not")))
	r.tests, p.imports = false, []string{"net/http", "./containers/pod", "./suites/planning"}
	g.Expect(r.broken(p)).To(ConsistOf(ContainSubstring("imports net/http"), ContainSubstring("imports containers/pod"), ContainSubstring("imports suites/planning")))
	g.Expect(r.about("suites/plan")).To(BeTrue())
	g.Expect(r.about("suites/planning")).To(BeFalse())
	g.Expect(rule{of: "suites", except: "suites/commands"}.about("suites/commands/helper")).To(BeFalse())
}
