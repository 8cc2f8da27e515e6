package plan_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
	"stalemate/suites/plan"
)

// leaving is a target that only starts, and leaves the scenarios of a pattern to a thorough run.
func leaving(t *testing.T, name, pattern string) *target.Target {
	t.Helper()
	return loaded(t, strings.NewReplacer("name: edge", "name: "+name, "{cycles: 3}", "{cycles: 3, thorough: \""+pattern+"\"}").Replace(starting))
}

// addresses are those of the cells that are carried out.
func addresses(t *testing.T, targets []*target.Target, selected plan.Selection) []string {
	t.Helper()
	p, err := plan.Make(targets, selected)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	var all []string
	for _, c := range p.Cells {
		all = append(all, c.Address)
	}
	return all
}

func TestAThoroughScenarioRunsWhereItIsAskedForOrProvesAnother(t *testing.T) {
	const clean, other, same = "edge/startup/clean-stop", "edge/startup/unclean-other-pid", "edge/startup/unclean-same-pid"
	for name, one := range map[string]struct {
		pattern  string
		selected plan.Selection
		runs     []string
	}{
		"left out":                   {"unclean-same-pid", plan.Selection{}, []string{clean, other}},
		"the controls of a control":  {"clean-stop|unclean-other-pid", plan.Selection{}, []string{clean, other, same}},
		"picked":                     {"*", plan.Selection{Only: clean}, []string{clean}},
		"picked, with its controls":  {"*", plan.Selection{Only: same}, []string{clean, other, same}},
		"a blank pattern picks none": {"unclean-*", plan.Selection{Only: " "}, []string{clean}},
		"everything by a pattern":    {"*", plan.Selection{Only: "*"}, []string{clean, other, same}},
		"a thorough run":             {"*", plan.Selection{Extent: plan.Thorough}, []string{clean, other, same}},
		"a pattern in a thorough run": {"*", plan.Selection{Only: other, Extent: plan.Thorough},
			[]string{clean, other}},
	} {
		t.Run(name, func(t *testing.T) {
			NewWithT(t).Expect(addresses(t, []*target.Target{leaving(t, "edge", one.pattern)}, one.selected)).To(Equal(one.runs))
		})
	}
}

func TestATargetThatIsLeftOutWholeHasNoPodAndIsNamed(t *testing.T) {
	g := NewWithT(t)
	all := []*target.Target{leaving(t, "edge", "unclean-same-pid"), leaving(t, "whole", "*"), loaded(t, strings.Replace(file, "name: edge", "name: held", 1)+limits)}
	p, err := plan.Make(all, plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	for _, kept := range p.Targets {
		g.Expect(kept.Name).NotTo(Equal("whole"), "its image would be built")
	}
	for _, u := range p.Starts {
		g.Expect(u.Target.Name).To(Equal("edge"))
		g.Expect(u.Incarnations()).To(Equal(8))
	}
	g.Expect(p.Batches).To(HaveLen(1))
	g.Expect(p.Notices).To(Equal([]string{"4 scenarios of starts and 2 held cells are left to a thorough run (--thorough): edge, whole, held"}))
	g.Expect(p.Chosen("edge/startup/unclean-same-pid")).To(BeFalse(), "a waiver for it is not idle")
	g.Expect(p.Chosen("edge/startup/clean-stopp")).To(BeTrue(), "and one for a cell that nobody has is")

	thorough, err := plan.Make(all, plan.Selection{Extent: plan.Thorough})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(thorough.Notices).To(BeEmpty())
	g.Expect(thorough.Estimate().Expected).To(BeNumerically(">", p.Estimate().Expected))
	picked, err := plan.Make(all, plan.Selection{Only: "edge"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(picked.Notices).To(BeEmpty(), "who picks cells knows what is left out")

	alone, err := plan.Make(all[1:2], plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(alone.Targets).To(BeEmpty())
}

func TestANoticeNamesAFewTargets(t *testing.T) {
	g := NewWithT(t)
	p, err := plan.Make([]*target.Target{leaving(t, "a", "clean-stop"), leaving(t, "b", "unclean-same-pid")}, plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(p.Notices).To(Equal([]string{"1 scenario of starts is left to a thorough run (--thorough): b"}), "what proves another is not left out")
	g.Expect(plan.NameFew([]string{"a", "b", "c", "d", "e"})).To(Equal("a, b, c, d, e"))
	g.Expect(plan.NameFew([]string{"a", "b", "c", "d", "e", "f", "g"})).To(Equal("a, b, c, d, e and 2 more"))
}

func TestAComparisonLeavesTheSameToAThoroughRun(t *testing.T) {
	scenarios := func(c plan.Comparison) map[string]int {
		p, err := c.Make()
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		found := map[string]int{}
		for _, cell := range p.Cells {
			if cell.Scenario != nil {
				found[string(cell.Plan.Side)+" "+cell.Plan.Scenario]++
			}
		}
		return found
	}
	g := NewWithT(t)
	c := comparison(t, file+limits+"leftovers: {pid: 4242, cycles: 2, thorough: unclean-*}\n")
	g.Expect(scenarios(c)).To(Equal(map[string]int{"baseline clean-stop": 5, "candidate clean-stop": 5}))
	p, err := c.Make()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(p.Notices).To(Equal([]string{"2 scenarios of starts are left to a thorough run (--thorough): edge, newer"}))
	g.Expect(p.Chosen("edge/startup/clean-stop")).To(BeTrue())
	g.Expect(p.Chosen("edge/startup/unclean-same-pid")).To(BeFalse(), "nor is it read from a saved log")
	g.Expect(p.Chosen("edge/web/http.headers/silent")).To(BeTrue())

	c.Extent = plan.Thorough
	g.Expect(scenarios(c)).To(HaveLen(6))
	c.Extent, c.Only = plan.Usual, "*/unclean-same-pid"
	g.Expect(scenarios(c)).To(HaveLen(2), "the other build is the control")

	one := comparison(t, file+limits+"leftovers: {pid: 4242, cycles: 2, thorough: unclean-*}\n")
	one.Candidate = comparison(t, file+limits+"leftovers: {pid: 4242, cycles: 2, thorough: unclean-other-pid}\n").Candidate
	g.Expect(scenarios(one)).To(Equal(map[string]int{"baseline clean-stop": 5, "candidate clean-stop": 5,
		"baseline unclean-same-pid": 5, "candidate unclean-same-pid": 5}), "what one side wants in every run, both have")

	whole := comparison(t, strings.Replace(starting, "cycles: 3", "cycles: 3, thorough: \"*\"", 1))
	_, err = whole.Make()
	g.Expect(err).To(MatchError(ContainSubstring("is left to a thorough run: give --thorough")))
}
