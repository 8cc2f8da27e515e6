//go:build linux

package mutants_test

import (
	"os"
	"slices"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
)

// timingMutants are servers of fixtures/mutants, each with the cells that must fail, and their verdict. All other cells must pass.
func timingMutants() []timingMutant {
	const headers, body, keepAlive, response = "web/http.headers/silent", "web/http.body/silent", "web/http.keep-alive/silent", "web/http.response/"
	return []timingMutant{
		{"healthy", nil, "", ""},
		{"late-head", []string{"web/tcp.connected/silent", headers, "web/http.headers/trickle"}, record.Late, ""},
		{"early-body", []string{body, "web/http.body/trickle"}, record.Early, ""},
		{"early-write", []string{response + "silent", response + "trickle"}, record.Early, ""},
		{"no-keep-alive", []string{keepAlive}, record.Never, "still open"},
		{"reads-late", []string{headers, "web/tcp.connected/silent", "web/http.headers/trickle", body}, record.Late, ""},
	}
}

type timingMutant struct {
	name    string
	cells   []string
	verdict record.Verdict
	says    string
}

// strict is set by make mutants, on a quiet machine. Elsewhere a cell may be inconclusive: green where it must fail, and red
// where it must pass, it may never be.
const strict = "MUTANTS_STRICT"

// TestTimingMutants holds connections to a server whose timeouts are wrong in one way each.
func TestTimingMutants(t *testing.T) {
	long(t)
	var targets []*target.Target
	for _, m := range timingMutants() {
		targets = append(targets, mutant{name: m.name, repeat: 2, capacity: 32, modes: "silent, trickle",
			stages: []string{"tcp.connected", "http.headers", "http.body", "http.keep-alive", "http.response"},
			limits: []string{"tcp.connected: {absolute: 1s, by: head}", "http.headers/silent: {absolute: 1s, by: head}",
				"http.headers/trickle: {absolute: 1s, by: head}", "http.body: {idle: 3s, by: body}", "http.keep-alive: {idle: 2s, by: keep-alive}",
				"http.response: {idle: 3s, by: write}"}}.target(t))
	}
	done := carryOut(t, targets...)
	decided, cells := 0, 0
	for _, m := range timingMutants() {
		for _, cell := range done.cells(m.name) {
			g := NewWithT(t)
			j := done.judged(cell)
			cells++
			if j.Verdict != record.Inconclusive {
				decided++
			}
			short := cell[len(m.name)+1:]
			switch {
			case j.Verdict == record.Inconclusive && os.Getenv(strict) == "":
				t.Logf("%s: inconclusive on a busy machine: %s", cell, j.Message)
			case slices.Contains(m.cells, short):
				g.Expect(j.Verdict).To(Equal(m.verdict), "%s: %s", cell, j.Message)
				g.Expect(j.Status).To(Equal(record.Failed), cell)
				g.Expect(j.Message).To(ContainSubstring(m.says), cell)
			default:
				g.Expect(j.Status).To(Equal(record.Passed), "%s is touched: %s", cell, j.Message)
			}
		}
	}
	NewWithT(t).Expect(decided).To(BeNumerically(">=", cells/2), "this machine is so busy that the test shows little")
}

// TestAServerThatServesOneAtATimeIsCaught: two silent clients are enough, and the second one's wait is the verdict.
func TestAServerThatServesOneAtATimeIsCaught(t *testing.T) {
	long(t)
	g := NewWithT(t)
	done := carryOut(t, mutant{name: "one-by-one", stages: []string{"http.headers"}, limits: []string{"http.headers: {absolute: 1s}"}}.target(t))
	j := done.judged("one-by-one/web/http.headers/silent")
	if j.Verdict == record.Inconclusive && os.Getenv(strict) == "" {
		t.Log("a busy machine")
		return
	}
	g.Expect(j.Verdict).To(Equal(record.Late))
	g.Expect(j.Message).To(And(ContainSubstring("backlog of the listening socket"), ContainSubstring("served 1 at a time")))
}
