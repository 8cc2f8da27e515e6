package acceptance_test

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

// prefork is a server in Perl that is slow to start and to stop. A child of its main process answers. A pid file that is there
// stops a start.
const prefork = `use IO::Socket::INET;
$| = 1;
if (-e "/run/d.pid") { print "already running\n"; exit 1 }
open(my $f, ">", "/run/d.pid") or die; print $f "$$\n"; close $f;
$SIG{TERM} = sub { print "stopping\n"; sleep 60; unlink "/run/d.pid"; exit 0 };
sleep 2;
my $s = IO::Socket::INET->new(LocalPort => 8080, Listen => 64, ReuseAddr => 1) or do { print "the port is taken\n"; exit 98 };
if (fork) { wait; exit 99 }
$SIG{TERM} = "IGNORE";
while (my $c = $s->accept) {
  while (my $line = <$c>) { last if $line =~ /^\r?$/ }
  print $c "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok";
  close $c;
}
`

const killMoments = `version: 1
name: moments
build: empty
command: [perl, /srv/d.pl]
files: [{from: d.pl, to: /srv/d.pl}]
listeners: {web: {port: 8080, proto: http}}
ready: {within: 40s}
leftovers:
  run_dir: {path: /run}
  wait_for: [/run/d.pid]
  stays: 1s
  scenarios:
    half-a-start:
      because: it died when its pid file was written, before it served
      steps:
        - {kill_in_start: 0, appears: /run/d.pid}
        - {start: 0, expect: refuses, exit: 1, log: [already running]}
    half-a-stop:
      because: the engine killed it while it was stopping
      steps:
        - {start: 0, expect: starts}
        - {kill_in_stop: true, after: 1s, leaves: [pid-file /run/d.pid]}
        - {start: 0, expect: refuses, exit: 1, log: [already running]}
    slow-stop:
      because: it takes a minute to stop
      steps: [{start: 0, expect: starts}, {stop: true, within: 1s}]
    proven-by-it:
      because: a stop that is late proves a start all the same
      control: slow-stop
      steps: [{start: 0, expect: starts}, {kill: true}, {start: 0, expect: refuses}]
`

const killMain = `version: 1
name: orphans
build: empty
command: [sh, -c, "perl /srv/d.pl & exec sleep 86400"]
files: [{from: d.pl, to: /srv/d.pl}]
listeners: {web: {port: 8080, proto: http}}
ready: {within: 40s}
leftovers:
  run_dir: {path: /run}
  daemon: /run/d.pid
  wait_for: [/run/d.pid]
  stays: 1s
  scenarios:
    orphan-keeps-the-port:
      because: the child of the dead main process still listens
      steps:
        - {start: 0, expect: starts}
        - {kill_main: true, expect: starts}
        - {remove: [{kind: pid-file, name: /run/d.pid}]}
        - {run: [perl, /srv/d.pl], exit: 98, expect: starts}
`

func TestAKillCanFallInAStartInAStopAndOnTheMainProcessAlone(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	g := NewWithT(t)
	dir := t.TempDir()
	g.Expect(os.MkdirAll(filepath.Join(dir, "empty"), 0o755)).To(Succeed())
	for name, text := range map[string]string{"empty/Dockerfile": "ARG BASE\nFROM ${BASE}\n", "d.pl": prefork,
		"moments.yaml": killMoments, "orphans.yaml": killMain} {
		g.Expect(os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644)).To(Succeed())
	}
	report := filepath.Join(dir, "report.json")
	e := check(t, binary(t), "-f", filepath.Join(dir, "moments.yaml"), "-f", filepath.Join(dir, "orphans.yaml"), "--json", report)
	g.Expect(e.exit).To(Equal(1), e.out+e.errOut)
	summary := readReport(t, report)
	cells := append(targetOf(summary, "moments").Cells(), targetOf(summary, "orphans").Cells()...)
	g.Expect(cells).To(HaveLen(5))
	for _, cell := range cells {
		if cell.Plan.Scenario == "slow-stop" {
			g.Expect(cell.Judgement.Verdict).To(Equal(record.Late), cell.Message())
			g.Expect(cell.Judgement.Message).To(ContainSubstring("the server still runs 1s after SIGTERM; expected an end within 1s"))
			continue
		}
		g.Expect(cell.Status).To(Equal(record.Passed), "%s: %s", cell.Address, cell.Message())
	}
	g.Expect(targetOf(summary, "orphans").Cells()[0].Judgement.Evidence).To(ContainElement(MatchRegexp(`killed the main process alone: PID \d+, perl`)))
}
