//go:build linux

package mutants_test

import (
	"os"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

// TestAServerThatStartsWorkersOnDemandIsHealthy: two connections at once are served at once, and stalemate opens four. When they come
// for the second time, the server has workers for them, and they are closed in time. A server that leaves each connection in the backlog
// for two seconds is late then as well, and so is one that does that only if it has two already.
func TestAServerThatStartsWorkersOnDemandIsHealthy(t *testing.T) {
	long(t)
	stages, limits := []string{"http.body"}, []string{"http.body: {idle: 3s, by: body}"}
	done := carryOut(t, mutant{name: "healthy-on-demand", stages: stages, limits: limits, repeat: 4}.target(t),
		mutant{name: "accepts-late", stages: stages, limits: limits}.target(t),
		mutant{name: "throttles", stages: stages, limits: limits, repeat: 4}.target(t))
	NewWithT(t).Expect(done.heldAgain("healthy-on-demand/web/http.body/silent")).To(BeTrue(), "warm")
	for name, want := range map[string]record.Verdict{"healthy-on-demand": record.Fired, "accepts-late": record.Late, "throttles": record.Late} {
		for _, stage := range stages {
			g := NewWithT(t)
			j := done.judged(name + "/web/" + stage + "/silent")
			if j.Verdict == record.Inconclusive && os.Getenv(strict) == "" {
				continue // a busy machine
			}
			g.Expect(j.Verdict).To(Equal(want), j.Message)
			if want == record.Late {
				g.Expect(j.Message).To(ContainSubstring("backlog of the listening socket"))
			}
		}
	}
}
