//go:build cases

package acceptance_test

import (
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// The folders of testdata/starts reproduce public reports of servers that did not start again, each with a target file and Debian's
// packages alone. A cell passes if the server does what the report says.
func TestPublicReportsOfStarts(t *testing.T) {
	needsEngine(t)
	for name, want := range map[string]started{
		"squid": {"squid/startup/clean-stop": "starts passed", "squid/startup/other-pid": "starts passed", "squid/startup/same-pid": "refuses passed",
			"squid/startup/killed-in-its-stop": "refuses passed", "squid/startup/truncated": "starts passed"},
		"gunicorn": {"gunicorn/startup/nobody": "starts passed", "gunicorn/startup/sibling": "degraded passed",
			"gunicorn-bare/startup/nobody": "starts passed", "gunicorn-bare/startup/sibling": "degraded passed"},
		"xvfb": {"xvfb/startup/other-pid": "starts passed", "xvfb/startup/same-pid": "degraded passed", "xvfb/startup/live-number": "degraded passed"},
		"xrdp": {"xrdp/startup/clean-stop": "degraded passed", "xrdp/startup/other-pid": "degraded passed", "xrdp/startup/same-pid": "degraded passed",
			"xrdp/startup/emptied": "starts passed"},
		"mercurial": {"mercurial/startup/free": "starts passed", "mercurial/startup/held": "degraded passed"},
		"nats":      {"nats/startup/whole": "starts passed", "nats/startup/half-written": "degraded passed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			var args []string
			for _, depth := range []string{"", "*"} {
				files, err := filepath.Glob(filepath.Join("testdata", "starts", name, depth, "target.yaml"))
				g.Expect(err).NotTo(HaveOccurred())
				for _, file := range files {
					args = append(args, "-f", file)
				}
			}
			seen, _, e := startsOf(t, args...)
			g.Expect(seen).To(Equal(want), e.out+e.errOut)
		})
	}
}
