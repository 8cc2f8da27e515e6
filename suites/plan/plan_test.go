package plan_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/fixtures"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// file is a small target; %s is its limits.
const file = `version: 1
name: edge
image: example/edge:1
capacity: 40
listeners:
  web: {port: 8080, proto: http}
  tls: {port: 8443, proto: https, stages: [tls.client-hello, http.keep-alive]}
request: {host: edge.test, path: /, body: /upload}
limits:
`

func target(t *testing.T, text string) *fixtures.Target {
	t.Helper()
	g := NewWithT(t)
	loaded, err := fixtures.Load(written(t, text), os.LookupEnv)
	g.Expect(err).NotTo(HaveOccurred())
	return loaded
}

// written puts a target file into a folder of its own.
func written(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "target.yaml")
	NewWithT(t).Expect(os.WriteFile(path, []byte(text), 0o644)).To(Succeed())
	return path
}

const limits = `  tls.client-hello/trickle: {unbounded: nothing ends it}
  http.keep-alive: {idle: 3s, by: keepalive_timeout}
  "http.headers": {idle: 4s}
  "*": {absolute: 5s}
`

func TestEachListenerHasTheStagesOfItsProtocol(t *testing.T) {
	g := NewWithT(t)
	p, err := plan.Make([]*fixtures.Target{target(t, file+limits)}, plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	var addresses []string
	for _, c := range p.Cells {
		addresses = append(addresses, c.Address)
		if c.Listener.Name == "web" {
			g.Expect(c.Stage.Name).NotTo(HavePrefix("tls."))
		}
	}
	g.Expect(addresses).To(ContainElements("edge/web/tcp.connected/silent", "edge/web/http.headers/trickle",
		"edge/tls/tls.client-hello/silent", "edge/tls/tls.client-hello/trickle", "edge/tls/http.keep-alive/silent"))
	g.Expect(addresses).NotTo(ContainElement(HaveSuffix("keep-alive/trickle")), "a byte ends the keep-alive: no such cell")
	g.Expect(addresses).To(ContainElement("edge/web/http.body/silent"))
	g.Expect(addresses).NotTo(ContainElement("edge/web/http.response/silent"), "the file names no large response")
	g.Expect(addresses).NotTo(ContainElement("edge/tls/tls.finished/silent"), "the file lists the stages of this listener")
	for i, a := range addresses {
		g.Expect(addresses[i+1:]).NotTo(ContainElement(a))
	}
}

// onDemand are the stages that a listener has only where its file lists them.
var onDemand = []string{"tls.client-certificate", "http.chunk", "http.expect-100", "tls.sslv2-hello",
	"h2.preface", "h2.settings", "h2.headers", "h2.body", "h2.idle"}

func TestAStageOnDemandIsHeldWhereItIsListed(t *testing.T) {
	g := NewWithT(t)
	listing := strings.Replace(file, "stages: [tls.client-hello, http.keep-alive]", "stages: ["+strings.Join(onDemand, ", ")+"]", 1)
	listed, err := plan.Make([]*fixtures.Target{target(t, listing+`  "*": {max: 5s}`+"\n")}, plan.Selection{Only: "edge/tls"})
	g.Expect(err).NotTo(HaveOccurred())
	silent := map[string]bool{}
	for _, c := range listed.Cells {
		silent[c.Stage.Name] = silent[c.Stage.Name] || c.Mode == record.Silent
	}
	g.Expect(silent).To(HaveLen(len(onDemand)))
	for _, stage := range onDemand {
		g.Expect(silent[stage]).To(BeTrue(), stage)
	}
	byDefault := strings.Replace(file, ", stages: [tls.client-hello, http.keep-alive]", "", 1)
	usual, err := plan.Make([]*fixtures.Target{target(t, byDefault+`  "*": {max: 5s}`+"\n")}, plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	for _, c := range usual.Cells {
		g.Expect(onDemand).NotTo(ContainElement(c.Stage.Name), c.Address)
	}
}

func TestAWeaknessIsWatchedForThreeTimesTheLargestLimit(t *testing.T) {
	g := NewWithT(t)
	c := cell(t, "edge/tls/tls.client-hello/trickle")
	g.Expect(c.Plan.Expect).To(Equal(record.AsDeclared))
	g.Expect(c.Plan.Limit).To(BeNil())
	g.Expect(c.Watch).To(BeNumerically(">=", 15*time.Second))
}

func TestATrickleOutlastsAnIdleLimitAndThenFallsSilent(t *testing.T) {
	g := NewWithT(t)
	c := cell(t, "edge/web/http.headers/trickle")
	g.Expect(c.Trickle).To(BeNumerically(">", 4*time.Second+500*time.Millisecond))
	g.Expect(c.Watch).To(BeNumerically(">=", c.Trickle+8*time.Second))
	g.Expect(cell(t, "edge/web/http.headers/silent").Trickle).To(BeZero())
	g.Expect(cell(t, "edge/web/http.request-line/trickle").Trickle).To(BeZero(), "an absolute limit ends a trickle")
}

func TestAPodNeverHoldsMoreThanHalfOfItsCapacity(t *testing.T) {
	g := NewWithT(t)
	small := target(t, strings.Replace(file, "capacity: 40", "capacity: 10", 1)+limits)
	p, err := plan.Make([]*fixtures.Target{small}, plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	cells := 0
	names := map[string]bool{}
	for _, w := range p.Waves {
		for _, u := range w.Units {
			g.Expect(u.Holds()).To(BeNumerically("<=", 5))
			g.Expect(names[u.Name]).To(BeFalse(), u.Name)
			names[u.Name] = true
			cells += len(u.Cells)
		}
	}
	g.Expect(cells).To(Equal(len(p.Cells)))
}

func TestOnly(t *testing.T) {
	g := NewWithT(t)
	for _, c := range []struct {
		pattern string
		matches []string
		misses  []string
	}{
		{"", []string{"edge/web/tcp.connected/silent"}, nil},
		{"edge", []string{"edge/web/tcp.connected/silent"}, []string{"edges/web/tcp.connected/silent"}},
		{"edge/*/http.body", []string{"edge/web/http.body/silent", "edge/tls/http.body/trickle"}, []string{"edge/web/http.headers/silent"}},
		{"*/trickle|a/b", []string{"edge/web/http.body/trickle", "a/b/c/silent"}, []string{"edge/web/http.body/silent"}},
	} {
		match, err := plan.Pattern(c.pattern)
		g.Expect(err).NotTo(HaveOccurred())
		for _, a := range c.matches {
			g.Expect(match(a)).To(BeTrue(), "%q, %s", c.pattern, a)
		}
		for _, a := range c.misses {
			g.Expect(match(a)).To(BeFalse(), "%q, %s", c.pattern, a)
		}
	}
	_, err := plan.Pattern("a||b")
	g.Expect(err).To(MatchError(ContainSubstring("an alternative is empty")))
}

func TestACellWithoutALimitIsABadFile(t *testing.T) {
	_, err := plan.Make([]*fixtures.Target{target(t, file+"  http.keep-alive: {idle: 3s}\n")}, plan.Selection{})
	NewWithT(t).Expect(err).To(MatchError(And(ContainSubstring("target.yaml"), ContainSubstring("edge/web/tcp.connected/silent"))))
}

func TestAPatternThatMatchesNothingIsABadFile(t *testing.T) {
	_, err := plan.Make([]*fixtures.Target{target(t, file+"  http.boddy: {idle: 3s}\n"+limits)}, plan.Selection{})
	NewWithT(t).Expect(err).To(MatchError(And(ContainSubstring("target.yaml:10"), ContainSubstring("http.boddy"))))
}

func cell(t *testing.T, address string) *plan.Cell {
	t.Helper()
	p, err := plan.Make([]*fixtures.Target{target(t, file+limits)}, plan.Selection{})
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	for _, c := range p.Cells {
		if c.Address == address {
			return c
		}
	}
	t.Fatalf("no cell %s", address)
	return nil
}

func TestAtLeastIsWatchedForAsLongAndNoLonger(t *testing.T) {
	g := NewWithT(t)
	text := file + "  http.keep-alive: {idle: 3s}\n  \"*\": {at_least: 9s, by: Timeout}\n"
	p, err := plan.Make([]*fixtures.Target{target(t, text)}, plan.Selection{Only: "edge/tls/tls.client-hello"})
	g.Expect(err).NotTo(HaveOccurred())
	for _, c := range p.Cells {
		g.Expect(c.Plan.Expect).To(Equal(record.AsDeclared))
		g.Expect(c.Plan.Limit.Kind).To(Equal(record.AtLeast))
		g.Expect(c.Watch).To(And(BeNumerically(">=", 9*time.Second), BeNumerically("<", 10*time.Second)))
		g.Expect(c.Trickle).To(BeZero())
	}
	_, err = fixtures.Load(written(t, file+"  \"*\": {at_least: 9s, granularity: 1s}\n"), os.LookupEnv)
	g.Expect(err).To(MatchError(ContainSubstring("at_least")))
}

func TestCanariesAreNoCells(t *testing.T) {
	g := NewWithT(t)
	canaries, err := fixtures.Canaries()
	g.Expect(err).NotTo(HaveOccurred())
	p, err := plan.Make(append([]*fixtures.Target{target(t, file+limits)}, canaries...), plan.Selection{Only: "edge/web/http.keep-alive/silent"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(len(p.Cells)).To(BeNumerically(">", 2))
	g.Expect(p.Counted()).To(Equal(record.CountedCells(1, len(p.Cells)-1)))
}
