//go:build linux

package mutants_test

import (
	"os"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
)

// TestProxyMutants holds connections to proxies. One closes the client's connection in time, and keeps the one to the server
// behind it.
func TestProxyMutants(t *testing.T) {
	long(t)
	var targets []*target.Target
	for _, name := range []string{"healthy-proxy", "keeps-upstream"} {
		targets = append(targets, mutant{name: name, stages: []string{"http.headers", "http.body", "http.keep-alive"}, modes: "silent, trickle", capacity: 32,
			limits: []string{"http.body/silent: {idle: 3s, by: body}", "http.body/trickle: {idle: 3s, by: body}",
				"http.headers: {absolute: 1s, by: head}", "http.keep-alive: {idle: 2s, by: keep-alive}"}}.target(t))
	}
	done := carryOut(t, targets...)
	bad := map[string]bool{"keeps-upstream/web/http.body/silent": true, "keeps-upstream/web/http.body/trickle": true}
	for _, one := range targets {
		for _, cell := range done.cells(one.Name) {
			g := NewWithT(t)
			j := done.judged(cell)
			switch {
			case j.Verdict == record.Inconclusive && os.Getenv(strict) == "":
				t.Logf("%s: inconclusive on a busy machine: %s", cell, j.Message)
			case bad[cell]:
				g.Expect(j.Verdict).To(Equal(record.LateWorker), "%s: %s", cell, j.Message)
				g.Expect(j.Status).To(Equal(record.Failed))
				g.Expect(j.Message).To(MatchRegexp(`still kept the one to 127\.0\.0\.1:\d+ that it had opened for it \(PID \d+, mutants, ESTABLISHED\): \d+ bytes were sent there, and no answer came`))
			default:
				g.Expect(j.Status).To(Equal(record.Passed), "%s is touched: %s", cell, j.Message)
			}
		}
	}
	for _, e := range done.events {
		if e.Counts != nil {
			NewWithT(t).Expect(e.Counts.Connected).To(Equal(e.Counts.Planned))
		}
	}
}
