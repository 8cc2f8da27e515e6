package acceptance_test

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

// mortal is a server in Perl that answers with a page. It dies 3 s after its first answer if a predecessor died uncleanly and left
// the lock behind. CURE is what the fixed one does first.
const mortal = `version: 1
name: NAME
build: empty
command:
  - perl
  - -MIO::Socket::INET
  - -e
  - |
    CURE
    my $stale = -e "/run/lock.file";
    open(my $lock, ">", "/run/lock.file") or die; close $lock;
    $SIG{TERM} = sub { unlink "/run/lock.file"; exit 0 };
    $SIG{ALRM} = sub { print "the lock is stale\n"; exit 7 };
    $| = 1;
    my $s = IO::Socket::INET->new(LocalPort => 8080, Listen => 64, ReuseAddr => 1) or die;
    while (1) {
      my $c = $s->accept or next;
      while (my $line = <$c>) { last if $line =~ /^\r?$/ }
      print $c "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok";
      close $c;
      if ($stale) { alarm 3; $stale = 0 }
    }
listeners: {web: {port: 8080, proto: http}}
ready: {within: 40s}
leftovers: {run_dir: {path: /run}, wait_for: [/run/lock.file]}
`

func TestAServerThatServesAndThenDiesOfItsLeftoverRefuses(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	g := NewWithT(t)
	dir := t.TempDir()
	g.Expect(os.MkdirAll(filepath.Join(dir, "empty"), 0o755)).To(Succeed())
	g.Expect(os.WriteFile(filepath.Join(dir, "empty", "Dockerfile"), []byte("ARG BASE\nFROM ${BASE}\n"), 0o644)).To(Succeed())
	for name, cure := range map[string]string{"mortal": "", "cured": `unlink "/run/lock.file";`} {
		file := filepath.Join(dir, name+".yaml")
		g.Expect(os.WriteFile(file, []byte(mortal), 0o644)).To(Succeed())
		replace(t, file, "NAME", name)
		replace(t, file, "CURE", cure)
	}
	report := filepath.Join(dir, "report.json")
	e := check(t, binary(t), "-f", filepath.Join(dir, "mortal.yaml"), "-f", filepath.Join(dir, "cured.yaml"), "--json", report)
	g.Expect(e.exit).To(Equal(1), e.out+e.errOut)
	summary := readReport(t, report)
	for _, cell := range append(targetOf(summary, "mortal").Cells(), targetOf(summary, "cured").Cells()...) {
		if cell.Target == "cured" || cell.Plan.Scenario == "clean-stop" {
			g.Expect(cell.Judgement.Verdict).To(Equal(record.Starts), "%s: %s", cell.Address, cell.Message())
			continue
		}
		g.Expect(cell.Judgement.Verdict).To(Equal(record.Refuses), "%s: %s", cell.Address, cell.Message())
		g.Expect(cell.Judgement.Message).To(MatchRegexp(`start 2 .*it served and then died 3\.\d\d s later, exit status 7`), cell.Address)
	}
}
