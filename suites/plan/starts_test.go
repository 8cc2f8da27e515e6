package plan_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
	"stalemate/fixtures/target/steps"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

const starting = `version: 1
name: edge
image: example/edge:1
listeners:
  web: {port: 8080, proto: http}
leftovers: {cycles: 3}
`

func TestATargetWithoutScenariosHasTheUsualThree(t *testing.T) {
	g := NewWithT(t)
	p, err := plan.Make([]*target.Target{loaded(t, starting)}, plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	var addresses []string
	for _, c := range p.Cells {
		addresses = append(addresses, c.Address)
		g.Expect(c.Plan).To(And(HaveField("Suite", plan.StartupSuite), HaveField("Expect", record.Starts)))
	}
	g.Expect(addresses).To(Equal([]string{"edge/startup/clean-stop", "edge/startup/unclean-other-pid", "edge/startup/unclean-same-pid"}))
	g.Expect(p.Batches).To(BeEmpty(), "no limits, no held connections")
	same := p.Cells[2].Scenario.Steps
	kills := 0
	for _, step := range same {
		switch step := step.(type) {
		case *steps.Kill:
			kills++
		case *steps.Start:
			g.Expect(step.PID).To(BeZero())
		}
	}
	g.Expect(kills).To(Equal(3))
}

func TestBareHasNoOtherPID(t *testing.T) {
	g := NewWithT(t)
	bare := loaded(t, strings.Replace(starting, "leftovers", "restart_as: bare\nleftovers", 1))
	g.Expect(plan.StartAddresses(bare)).To(Equal([]string{"edge/startup/clean-stop", "edge/startup/unclean-same-pid"}))
	g.Expect(bare.Leftovers.PID).To(Equal(1))
}

func TestOnlyTakesTheControlsWithIt(t *testing.T) {
	g := NewWithT(t)
	p, err := plan.Make([]*target.Target{loaded(t, starting)}, plan.Selection{Only: "edge/startup/unclean-same-pid"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(p.Cells).To(HaveLen(3), "its control, and the control of that")
	p, err = plan.Make([]*target.Target{loaded(t, starting)}, plan.Selection{Only: "edge/startup/clean-stop"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(p.Cells).To(HaveLen(1))
}

func TestWhatRefusesOnceRefuses(t *testing.T) {
	g := NewWithT(t)
	text := starting[:strings.Index(starting, "leftovers")] + `leftovers:
  oracles: [{name: cgi}]
  scenarios:
    once: {because: b, steps: [{start: 0, expect: starts}, {kill: true}, {start: 0, expect: refuses}, {start: 0, times: 20, expect: starts}]}
    part: {because: b, steps: [{start: 0, expect: starts}, {kill: true}, {start: 0, expect: degraded, dead: [cgi]}]}
    before: {because: b, steps: [{start: 0, expect: degraded, dead: [cgi]}, {kill: true}, {start: 0, expect: starts}]}
`
	p, err := plan.Make([]*target.Target{loaded(t, text)}, plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	var expected []record.Verdict
	for _, c := range p.Cells {
		expected = append(expected, c.Plan.Expect)
	}
	g.Expect(expected).To(Equal([]record.Verdict{record.Refuses, record.Degraded, record.Starts}))
	g.Expect(p.Starts).To(HaveLen(2), "a scenario with many starts has a separate pod")
}

func TestAKnownBadStartRunsWithItsFixedTwin(t *testing.T) {
	g := NewWithT(t)
	all, err := target.LoadAll([]string{filepath.Join("..", "..", "fixtures")}, os.LookupEnv)
	g.Expect(err).NotTo(HaveOccurred())
	p, err := plan.Make(all, plan.Selection{Only: "*/startup"})
	g.Expect(err).NotTo(HaveOccurred())
	bad := 0
	for _, c := range p.Cells {
		if c.Plan.Expect != record.Refuses {
			continue
		}
		g.Expect(c.Plan.Controls).NotTo(BeEmpty(), c.Address)
		if strings.HasPrefix(c.Address, "digest-") {
			bad++
			g.Expect(c.Plan.Controls).To(ContainElement(HavePrefix("digest-stock-")), c.Address)
		}
	}
	g.Expect(bad).To(BeNumerically(">=", 10))
}
