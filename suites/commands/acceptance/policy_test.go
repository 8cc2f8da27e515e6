package acceptance_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// A fleet-wide limit below the server's own is a failure; a threshold or a waiver
// lets the run be green, and neither hides what was seen. A report that is drawn
// again from the log says the same.
func TestAPolicyFailsAndIsAcceptedOnlyInTheOpen(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	g := NewWithT(t)
	dir := t.TempDir()
	save := func(name, text string) string {
		path := filepath.Join(dir, name)
		g.Expect(os.WriteFile(path, []byte(text), 0o644)).To(Succeed())
		return path
	}
	policy := save("policy.yaml", "version: 1\nlimits:\n  http.keep-alive: {max: 2s}\n")
	until := time.Now().AddDate(0, 0, 30).Format(time.DateOnly)
	waivers := save("waivers.yaml", "version: 1\nwaivers:\n"+
		"  - {cell: nginx/web/http.keep-alive/silent, verdict: late, reason: moves next month, ticket: OPS-7, expires: "+until+"}\n"+
		"  - {cell: nginx/web/http.keep-alive/silent, verdict: never, reason: long gone, ticket: OPS-1, expires: 2020-01-31}\n"+
		"  - {cell: nginx/web/http.keepalive/silent, verdict: late, reason: misspelt, ticket: OPS-8, expires: "+until+"}\n"+
		"  - {cell: nginx/tls12/http.body/silent, verdict: late, reason: not in this run, ticket: OPS-9, expires: "+until+"}\n")
	args := []string{"-f", filepath.Join(moduleRoot, "fixtures", "nginx"), "--only", "nginx/web/http.keep*/silent", "--repeat", "1", "--policy", policy}
	path := binary(t)

	e := check(t, path, args...)
	g.Expect(e.exit).To(Equal(1), e.out+e.errOut)
	g.Expect(e.out).To(And(ContainSubstring("late  low  nginx/web/http.keep-alive/silent"), MatchRegexp(`and within 2 s \(policy\s+`+regexp.QuoteMeta(policy)), ContainSubstring("--repeat 1 --policy "+policy+" --only nginx/web/http.keep-alive/silent")))

	e = check(t, path, append(args, "--fail-on", "medium")...)
	g.Expect(e.exit).To(Equal(0), e.out+e.errOut)
	g.Expect(e.out).To(And(ContainSubstring("late  low  nginx/web/http.keep-alive/silent"), MatchRegexp(`1 failed below\s+--fail-on medium`)))
	junit, err := os.ReadFile(filepath.Join(e.dir, "junit.xml"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(junit)).To(And(ContainSubstring("late, low: below --fail-on "), Not(ContainSubstring("<failure")), Not(ContainSubstring("<skipped"))))
	again := execute(t, path, "report", filepath.Join(e.dir, "events.jsonl"))
	g.Expect(again.exit).To(Equal(0), again.out)

	e = check(t, path, append(args, "--waivers", waivers)...)
	g.Expect(e.exit).To(Equal(0), e.out+e.errOut)
	g.Expect(e.out).To(And(
		ContainSubstring("waived late (moves next month (OPS-7, until "+until+")): nginx/web/http.keep-alive/silent"),
		MatchRegexp(`never of\s+nginx/web/http.keep-alive/silent\s+\(OPS-1\)\s+expired\s+after\s+2020-01-31`),
		MatchRegexp(`nginx/web/http.keepalive/silent\s+\(OPS-8\)\s+names\s+no\s+cell`),
		Not(ContainSubstring("OPS-9"))))
}
