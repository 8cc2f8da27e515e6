package acceptance_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

// started is what a start cell came to: "starts passed".
type started map[string]string

// startsOf checks target files, and gives the cells of the start suite by address, and the whole report.
func startsOf(t *testing.T, args ...string) (started, record.Summary, ended) {
	t.Helper()
	report := filepath.Join(t.TempDir(), "report.json")
	e := check(t, binary(t), append(args, "--json", report)...)
	summary := readReport(t, report)
	seen := started{}
	for _, target := range summary.Targets {
		for _, cell := range target.Cells() {
			if cell.Judgement != nil && cell.Plan.Suite == "startup" {
				seen[cell.Address] = fmt.Sprintf("%s %s", cell.Judgement.Verdict, cell.Judgement.Status)
				t.Logf("%s: %s\n%q", cell.Address, cell.Judgement.Message, cell.Judgement.Evidence)
			}
		}
	}
	return seen, summary, e
}

// server is a target whose image has one Perl program, /server.pl, and runs it.
type server struct {
	name, program string
	dockerfile    string // what follows the program
	target        string // target.yaml behind name and build
}

// file writes the target file and its Dockerfile.
func (s server) file(t *testing.T) string {
	t.Helper()
	g := NewWithT(t)
	dir := filepath.Join(t.TempDir(), s.name)
	g.Expect(os.MkdirAll(dir, 0o755)).To(Succeed())
	for name, text := range map[string]string{
		"Dockerfile":  "ARG BASE\nFROM ${BASE}\nCOPY server.pl /\nCMD [\"perl\", \"/server.pl\"]\n" + s.dockerfile,
		"server.pl":   "use IO::Socket::INET; $| = 1;\n" + s.program,
		"target.yaml": "version: 1\nname: " + s.name + "\nbuild: .\n" + s.target,
	} {
		g.Expect(os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644)).To(Succeed())
	}
	return filepath.Join(dir, "target.yaml")
}

// listens serves a port for ever, and sets SO_REUSEADDR as most servers do.
const listens = `sub listens { my $s = IO::Socket::INET->new(LocalPort => $_[0], Listen => 64, ReuseAddr => 1) or die "$_[0]: $@"; while (my $c = $s->accept) { close $c } }
`

// PostgreSQL runs as its own user: its objects are in a 0700 directory, or can be removed by it alone.
func TestPostgreSQLStartsAgainWithTheUsualScenarios(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	g := NewWithT(t)
	seen, _, e := startsOf(t, "-f", filepath.Join(moduleRoot, "fixtures", "postgresql"), "--only", "postgresql/startup/*")
	g.Expect(e.exit).To(BeZero(), e.out+e.errOut)
	g.Expect(seen).To(Equal(started{"postgresql/startup/clean-stop": "starts passed",
		"postgresql/startup/unclean-other-pid": "starts passed", "postgresql/startup/unclean-same-pid": "starts passed"}))
}
