package plan_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
	"stalemate/fixtures/target/steps"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// row is the command that reproduces a bug of the README's table.
var row = regexp.MustCompile("`make check ONLY='(.*)'` \\|\n")

// labelled is a row of that table, with its label and its command.
var labelled = regexp.MustCompile("(?m)^\\| `([a-z0-9-]+)` \\| .*`make check ONLY='(.*)'` \\|$")

// The label of a row selects targets of that row's command, and every label of a target has a row.
func TestEveryBugHasARowOfTheReadme(t *testing.T) {
	g := NewWithT(t)
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	g.Expect(err).NotTo(HaveOccurred())
	all, err := target.LoadAll([]string{filepath.Join("..", "..", "fixtures")}, os.LookupEnv)
	g.Expect(err).NotTo(HaveOccurred())
	everything, err := plan.Make(all, plan.Selection{Extent: plan.Thorough})
	g.Expect(err).NotTo(HaveOccurred())
	rows := labelled.FindAllStringSubmatch(string(text), -1)
	g.Expect(rows).To(HaveLen(14))
	known := map[string]bool{}
	for _, found := range rows {
		known[found[1]] = true
		selected, err := plan.Make(all, plan.Selection{Only: strings.ReplaceAll(found[2], `\|`, "|"), Extent: plan.Thorough})
		g.Expect(err).NotTo(HaveOccurred())
		has := func(c *plan.Cell) bool { return c.Target.Bug == found[1] }
		g.Expect(slices.ContainsFunc(selected.Cells, has)).To(BeTrue(), "no target of the command of %s has its label", found[1])
	}
	for _, c := range everything.Cells {
		if c.Target.Bug != "" {
			g.Expect(known).To(HaveKey(c.Target.Bug), c.Target.Name)
		}
	}
}

// incarnationsAtMost bounds the usual run of the project's targets, without those whose image need not be there. Each
// is about a second of CPU, which no wait of another suite hides.
const incarnationsAtMost = 120

// Every start that the README says is reproduced must be so without --thorough: at least one cell of each alternative of its
// command fails there as it should.
func TestAUsualRunReproducesEveryStartOfTheReadme(t *testing.T) {
	g := NewWithT(t)
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	g.Expect(err).NotTo(HaveOccurred())
	all, err := target.LoadAll([]string{filepath.Join("..", "..", "fixtures")}, os.LookupEnv)
	g.Expect(err).NotTo(HaveOccurred())
	everything, err := plan.Make(all, plan.Selection{Extent: plan.Thorough})
	g.Expect(err).NotTo(HaveOccurred())
	usual, err := plan.Make(all, plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	rows := row.FindAllStringSubmatch(string(text), -1)
	g.Expect(rows).To(HaveLen(14))
	starts := 0
	for _, found := range rows {
		for _, alternative := range strings.Split(found[1], `\|`) {
			picked, err := plan.Make(all, plan.Selection{Only: alternative})
			g.Expect(err).NotTo(HaveOccurred())
			bad := func(c *plan.Cell) bool { return picked.Chosen(c.Address) && c.Scenario != nil && reproduces(c) }
			if !slices.ContainsFunc(everything.Cells, bad) {
				continue // it holds connections
			}
			starts++
			g.Expect(slices.ContainsFunc(usual.Cells, bad)).To(BeTrue(), "%s: nothing of it fails in a run without --thorough", alternative)
		}
	}
	g.Expect(starts).To(Equal(9))

	incarnations := 0
	for _, u := range usual.Starts {
		if !u.Target.Optional {
			incarnations += u.Incarnations()
		}
	}
	g.Expect(incarnations).To(BeNumerically("<=", incarnationsAtMost))
	t.Logf("%d incarnations", incarnations)
}

// reproduces says whether a start fails in the cell, or a stranger dies, as its file says.
func reproduces(c *plan.Cell) bool {
	return c.Plan.Expect == record.Refuses || c.Plan.Expect == record.Degraded ||
		slices.ContainsFunc(c.Scenario.Steps, func(s steps.Step) bool {
			run, runs := s.(*steps.Run)
			return runs && run.KillsStranger
		})
}

// The other cells that a row names are in the usual run too.
func TestAUsualRunKeepsTheCellsThatTheReadmeTellsOf(t *testing.T) {
	g := NewWithT(t)
	all, err := target.LoadAll([]string{filepath.Join("..", "..", "fixtures")}, os.LookupEnv)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(addresses(t, all, plan.Selection{})).To(ContainElements(
		"digest-unfixed-posix/startup/same-pid", "digest-unfixed-posix/startup/as-reported", "digest-unfixed-posix/startup/reload",
		"digest-unfixed-sysv/startup/reload-key-collision", "cgid/startup/same-pid", "cgid-bare/startup/same-pid",
		"mutex-flock/startup/same-pid", "mutex-sysvsem/startup/ipcrm", "pidfile/startup/stranger", "pidfile/startup/stop-kills-the-stranger",
		"sysv-scoreboard/startup/emptied", "rsyslog/startup/same-pid", "nginx-socket/startup/same-pid", "dbus/startup/same-pid",
		"httpd-2-4-25/startup/same-pid"))
}
