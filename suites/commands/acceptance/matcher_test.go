package acceptance_test

import (
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

// asserts is the line of the matchers that asks for the verdict.
const asserts = "return verdict.Met(m), nil"

// TestABrokenMatcherMakesTheRunInconclusive: the result of `stalemate check` comes from Ginkgo's specs as well as from the log.
func TestABrokenMatcherMakesTheRunInconclusive(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	matchers := filepath.Join("suites", "matchers", "as_planned.go")
	healthy := filepath.Join(moduleRoot, "fixtures")
	wrong := fixturesCopy(t, filepath.Join("nginx", "target.yaml"), "http.keep-alive: {idle: 3s,", "http.keep-alive: {idle: 6s,")
	for _, c := range []struct {
		name, fixtures, body, says string
		sound                      int // the exit status with the matcher as it is
	}{
		{"that accepts everything", wrong, `return m.Address != "", nil`, "the log says failed and Ginkgo's spec says passed", record.ExitFailed},
		{"that accepts nothing", healthy, `return m.Address == "", nil`, "the log says passed and Ginkgo's spec says failed", record.ExitOK},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			nginx := filepath.Join(c.fixtures, "nginx")
			sound := check(t, binary(t), "-f", nginx, "--only", "nginx/web/http.keep-alive")
			g.Expect(sound.exit).To(Equal(c.sound), sound.out+sound.errOut)
			broken := check(t, builtWith(t, matchers, asserts, c.body), "-f", nginx, "--only", "nginx/web/http.keep-alive")
			g.Expect(broken.exit).To(Equal(record.ExitInconclusive), broken.out+broken.errOut)
			g.Expect(strings.Join(strings.Fields(broken.out), " ")).To(ContainSubstring(c.says))
		})
	}
}

// TestABrokenMatcherMakesAComparisonInconclusive: so does the result of `stalemate compare`.
func TestABrokenMatcherMakesAComparisonInconclusive(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	g := NewWithT(t)
	digest := filepath.Join(moduleRoot, "fixtures", "digest")
	broken := execute(t, builtWith(t, filepath.Join("suites", "matchers", "regress.go"), "return c.holds(compared), nil", `return compared.Cell != "", nil`),
		"compare", "-f", filepath.Join(digest, "stock-posix", "target.yaml"), "--candidate-file", filepath.Join(digest, "unfixed-posix", "target.yaml"),
		"--only", "*/startup/same-pid", "--repeats", "1", "--out", t.TempDir())
	g.Expect(broken.exit).To(Equal(record.ExitInconclusive), broken.out+broken.errOut)
	g.Expect(broken.out).To(ContainSubstring("the log says regressed and Ginkgo's spec says passed"))
}
