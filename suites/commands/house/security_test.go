package house_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// TestTheThreatModelNamesTestsThatExist: each claim of SECURITY.md has its test.
func TestTheThreatModelNamesTestsThatExist(t *testing.T) {
	g := NewWithT(t)
	page, err := os.ReadFile(filepath.Join(root, "SECURITY.md"))
	g.Expect(err).NotTo(HaveOccurred())
	declared := map[string]bool{}
	function := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	for _, files := range goFiles(t) {
		for _, path := range files {
			text, err := os.ReadFile(path)
			g.Expect(err).NotTo(HaveOccurred())
			for _, m := range function.FindAllStringSubmatch(string(text), -1) {
				declared[m[1]] = true
			}
		}
	}
	named := regexp.MustCompile("`(Test\\w+)`")
	claims := 0
	for line := range strings.Lines(string(page)) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| ---") || !strings.HasSuffix(strings.TrimSpace(line), "|") || strings.Count(line, "|") != 3 || strings.HasPrefix(line, "| claim") {
			continue
		}
		claims++
		tests := named.FindAllStringSubmatch(line, -1)
		g.Expect(tests).NotTo(BeEmpty(), line)
		for _, name := range tests {
			g.Expect(declared).To(HaveKey(name[1]), line)
		}
	}
	g.Expect(claims).To(BeNumerically(">=", 20))
}
