package plan_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/fixtures"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// row is the command that reproduces a bug of the README's table.
var row = regexp.MustCompile("`make check ONLY='(.*)'` \\|\n")

// incarnationsAtMost bounds the usual run of the project's targets, without those whose image need not be there. Each
// is about a second of CPU, which no wait of another suite hides.
const incarnationsAtMost = 120

// Every start that the README says is reproduced must be so without --thorough: at least one cell of each alternative of its
// command fails there as it should.
func TestAUsualRunReproducesEveryStartOfTheReadme(t *testing.T) {
	g := NewWithT(t)
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	g.Expect(err).NotTo(HaveOccurred())
	all, err := fixtures.LoadAll([]string{filepath.Join("..", "..", "fixtures")}, os.LookupEnv)
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
			match, err := plan.Pattern(alternative)
			g.Expect(err).NotTo(HaveOccurred())
			bad := func(c *plan.Cell) bool { return match(c.Address) && c.Scenario != nil && reproduces(c) }
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
		slices.ContainsFunc(c.Scenario.Steps, func(s fixtures.LeftoverStep) bool { return s.KillsStranger })
}

// What a row names beside its start stays in the usual run too.
func TestAUsualRunKeepsTheCellsThatTheReadmeTellsOf(t *testing.T) {
	g := NewWithT(t)
	all, err := fixtures.LoadAll([]string{filepath.Join("..", "..", "fixtures")}, os.LookupEnv)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(addresses(t, all, plan.Selection{})).To(ContainElements(
		"digest-unfixed-posix/startup/same-pid", "digest-unfixed-posix/startup/as-reported", "digest-unfixed-posix/startup/reload",
		"digest-unfixed-sysv/startup/reload-key-collision", "cgid/startup/same-pid", "cgid-bare/startup/same-pid",
		"mutex-flock/startup/same-pid", "mutex-sysvsem/startup/ipcrm", "pidfile/startup/stranger", "pidfile/startup/stop-kills-the-stranger",
		"sysv-scoreboard/startup/emptied", "rsyslog/startup/same-pid", "nginx-socket/startup/same-pid", "dbus/startup/same-pid",
		"httpd-2-4-25/startup/same-pid"))
}
