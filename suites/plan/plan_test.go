package plan_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
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

func loaded(t *testing.T, text string) *target.Target {
	t.Helper()
	g := NewWithT(t)
	one, err := target.Load(written(t, text), os.LookupEnv)
	g.Expect(err).NotTo(HaveOccurred())
	return one
}

// written writes a target file into a new folder.
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
	small := loaded(t, strings.Replace(file, "capacity: 40", "capacity: 10", 1)+limits)
	p, err := plan.Make([]*target.Target{small}, plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	cells := 0
	names := map[string]bool{}
	for _, w := range p.Batches {
		for _, u := range w.Units {
			g.Expect(u.Holds()).To(BeNumerically("<=", 5))
			g.Expect(names[u.Name]).To(BeFalse(), u.Name)
			names[u.Name] = true
			cells += len(u.Cells)
		}
	}
	g.Expect(cells).To(Equal(len(p.Cells)-1), "the cell after the holds holds nothing")
}

func TestOnly(t *testing.T) {
	g := NewWithT(t)
	edge, web := loaded(t, file+limits), loaded(t, strings.Replace(file, "name: edge", "name: web", 1)+limits)
	both := []*target.Target{edge, web}
	for only, picks := range map[string]func(address string) bool{
		"":                   func(string) bool { return true },
		"edge":               func(a string) bool { return strings.HasPrefix(a, "edge/") },
		"*/trickle|web/web":  func(a string) bool { return strings.HasSuffix(a, "/trickle") || strings.HasPrefix(a, "web/web/") },
		"http.keep-alive":    func(a string) bool { return strings.Contains(a, "/http.keep-alive/") },
		"tls/http.*":         func(a string) bool { return strings.Contains(a, "/tls/http.") },
		"web/http.*/trickle": func(a string) bool { return strings.Contains(a, "/web/http.") && strings.HasSuffix(a, "/trickle") },
	} {
		p, err := plan.Make(both, plan.Selection{Only: only})
		g.Expect(err).NotTo(HaveOccurred())
		picked := map[string]bool{}
		for _, c := range p.Cells {
			picked[c.Address] = true
		}
		for _, one := range both {
			for _, address := range plan.Addresses(one) {
				g.Expect(picked[address]).To(Equal(picks(address)), "--only %q, %s", only, address)
			}
		}
		g.Expect(picked).NotTo(BeEmpty(), only)
	}
	_, err := plan.Make(both, plan.Selection{Only: "a||b"})
	g.Expect(err).To(MatchError(HavePrefix(`--only "a||b": an alternative is empty: `)))
}

func TestOnlyThatPicksNothingSaysWhatWouldPick(t *testing.T) {
	g := NewWithT(t)
	for only, meant := range map[string]string{"edge/web/http.hedaers": "edge/web/http.headers", "http.keepalive": "http.keep-alive", "edeg": "edge"} {
		p, err := plan.Make([]*target.Target{loaded(t, file+limits)}, plan.Selection{Only: only})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(p.Cells).To(BeEmpty())
		g.Expect(p.NoCellError("F")).To(MatchError(`--only "` + only + `" matches no cell of F: ` + "`stalemate list` shows all addresses; did you mean " + `"` + meant + `"?`))
	}
}

// TestOnlyPicksWhatTheSamePatternPicksInATargetFile compares the two for every limit of every target of the project.
func TestOnlyPicksWhatTheSamePatternPicksInATargetFile(t *testing.T) {
	g := NewWithT(t)
	all, err := target.LoadAll([]string{filepath.Join("..", "..", "fixtures"), filepath.Join("..", "..", "fixtures", "examples")}, os.LookupEnv)
	g.Expect(err).NotTo(HaveOccurred())
	canaries, err := target.Canaries()
	g.Expect(err).NotTo(HaveOccurred())
	compared := 0
	for _, one := range append(all, canaries...) {
		for _, rule := range one.Limits {
			p, err := plan.Make([]*target.Target{one}, plan.Selection{Only: rule.Pattern})
			g.Expect(err).NotTo(HaveOccurred())
			for _, address := range plan.Addresses(one) {
				g.Expect(p.Chosen(address)).To(Equal(rule.Picks(address)), "%s: %q, %s", one.File, rule.Pattern, address)
				compared++
			}
		}
	}
	g.Expect(compared).To(BeNumerically(">", 3000))
}

func TestAWaiversPatternIsIdleOnlyWhereItsCellsRun(t *testing.T) {
	g := NewWithT(t)
	p, err := plan.Make([]*target.Target{leaving(t, "edge", "unclean-same-pid"), loaded(t, strings.Replace(file, "name: edge", "name: held", 1)+limits)}, plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(p.Chosen("*/startup/unclean-same-*")).To(BeFalse(), "all of it is left to a thorough run")
	g.Expect(p.Chosen("*/startup/unclean-*")).To(BeTrue())
	g.Expect(p.Chosen("*/startup/gone-*")).To(BeTrue(), "nobody has it, and nothing was left out for it")
	p, err = plan.Make([]*target.Target{loaded(t, file+limits)}, plan.Selection{Only: "edge/tls"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(p.Chosen("edge/*/http.headers")).To(BeFalse())
	g.Expect(p.Chosen("edge/*/http.keep-alive")).To(BeTrue())
}

func TestACellWithoutALimitIsABadFile(t *testing.T) {
	_, err := plan.Make([]*target.Target{loaded(t, file+"  http.keep-alive: {idle: 3s}\n")}, plan.Selection{})
	NewWithT(t).Expect(err).To(MatchError(And(ContainSubstring("target.yaml"), ContainSubstring("edge/web/tcp.connected/silent"))))
}

func TestAPatternThatMatchesNothingIsABadFile(t *testing.T) {
	_, err := plan.Make([]*target.Target{loaded(t, file+"  http.boddy: {idle: 3s}\n"+limits)}, plan.Selection{})
	NewWithT(t).Expect(err).To(MatchError(And(ContainSubstring("target.yaml:10"), ContainSubstring("http.boddy"))))
}

func cell(t *testing.T, address string) *plan.Cell {
	t.Helper()
	p, err := plan.Make([]*target.Target{loaded(t, file+limits)}, plan.Selection{})
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
	p, err := plan.Make([]*target.Target{loaded(t, text)}, plan.Selection{Only: "edge/tls/tls.client-hello"})
	g.Expect(err).NotTo(HaveOccurred())
	for _, c := range p.Cells {
		g.Expect(c.Plan.Expect).To(Equal(record.AsDeclared))
		g.Expect(c.Plan.Limit.Kind).To(Equal(record.AtLeast))
		g.Expect(c.Watch).To(And(BeNumerically(">=", 9*time.Second), BeNumerically("<", 10*time.Second)))
		g.Expect(c.Trickle).To(BeZero())
	}
	p, err = plan.Make([]*target.Target{loaded(t, file+"  \"*\": {at_least: 9s, weakness: \"not released within 9s\"}\n")}, plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(p.Cells[0].Plan.Reason).To(Equal("not released within 9s"), "reports show it")
	_, err = target.Load(written(t, file+"  \"*\": {at_least: 9s, granularity: 1s}\n"), os.LookupEnv)
	g.Expect(err).To(MatchError(ContainSubstring("at_least")))
}

func TestCanariesAreNoCells(t *testing.T) {
	g := NewWithT(t)
	canaries, err := target.Canaries()
	g.Expect(err).NotTo(HaveOccurred())
	p, err := plan.Make(append([]*target.Target{loaded(t, file+limits)}, canaries...), plan.Selection{Only: "edge/web/http.keep-alive/silent"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(len(p.Cells)).To(BeNumerically(">", 2))
	g.Expect(p.Counted()).To(Equal(record.CountedCells(1, len(p.Cells)-1)))
}
