package acceptance_test

import (
	"bufio"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// TestServersWithoutAFixture checks servers of which the code knows nothing, each by a target file of under 40 lines.
func TestServersWithoutAFixture(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	g := NewWithT(t)
	examples := filepath.Join(moduleRoot, "fixtures", "examples")
	files, err := filepath.Glob(filepath.Join(examples, "*", "*", "target.yaml"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(files).To(HaveLen(5))
	for _, file := range files {
		g.Expect(lines(t, file)).To(BeNumerically("<", 40), file)
	}
	e := check(t, binary(t), "-f", examples)
	g.Expect(e.exit).To(Equal(0), e.out+e.errOut)
	for _, name := range []string{"caddy", "varnish", "memcached", "postfix", "dovecot"} {
		g.Expect(e.out).To(MatchRegexp(`(?m)^%s .* ok$`, name))
	}
}

// lines counts those of a file.
func lines(t *testing.T, path string) int {
	t.Helper()
	file, err := os.Open(path)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	defer file.Close()
	n := 0
	for scanner := bufio.NewScanner(file); scanner.Scan(); {
		n++
	}
	return n
}
