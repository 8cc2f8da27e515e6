package acceptance_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// postgresWith is a target file of PostgreSQL with other leftovers.
func postgresWith(t *testing.T, name, leftovers string) string {
	t.Helper()
	build, err := filepath.Abs(filepath.Join(moduleRoot, "fixtures", "postgresql"))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return server{name: name, target: `listeners:
  sql: {port: 5432, proto: tcp, preface: [{send: "\0\0\0\x17\0\x03\0\0user\0postgres\0\0"}, {expect: "^R"}]}
ready: {listener: sql, within: 20s}
` + leftovers}.with(t, "build: .", "build: "+build)
}

// with is file with another text in the target file.
func (s server) with(t *testing.T, from, to string) string {
	t.Helper()
	file := s.file(t)
	replace(t, file, from, to)
	return file
}

// PostgreSQL takes a process of its own user for a live server, and one that it may not signal for a dead one.
func TestAStrangerHasTheServersUser(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	g := NewWithT(t)
	const locks = `leftovers:
  stranger: %s
  watch: [/run/postgresql, /var/lib/postgresql/15/main/postmaster.pid]
  wait_for: [/run/postgresql/.s.PGSQL.5432.lock]
  scenarios:
    dead-number:
      because: the number in the lock file is nobody's
      steps: [{start: 0, expect: starts}, {kill: true}, {plant: [{kind: lock, name: /run/postgresql/.s.PGSQL.5432.lock, content: "31999\n", mode: "0600", owner: postgres}]}, {start: 0, expect: starts}]
    live-number:
      because: the number in the lock file is a live process's
      control: dead-number
      steps: [{start: 0, expect: starts}, {kill: true}, {plant: [{kind: lock, name: /run/postgresql/.s.PGSQL.5432.lock, content: "${stranger}\n", mode: "0600", owner: "postgres:postgres"}]}, {start: 0, expect: %s}]
    empty-lock:
      because: an empty lock file may be one that is being written
      control: dead-number
      steps: [{start: 0, expect: starts}, {kill: true}, {plant: [{kind: lock, name: /run/postgresql/.s.PGSQL.5432.lock, owner: postgres}]}, {start: 0, expect: refuses, exit: 1, log: [is empty]}]
`
	seen, _, e := startsOf(t,
		"-f", postgresWith(t, "own-user", fmt.Sprintf(locks, "{user: postgres}", "refuses, exit: 1, log: [already exists]")),
		"-f", postgresWith(t, "roots", fmt.Sprintf(locks, "true", "starts")))
	g.Expect(e.exit).To(BeZero(), e.out+e.errOut)
	g.Expect(seen).To(Equal(started{"own-user/startup/dead-number": "starts passed", "own-user/startup/live-number": "refuses passed",
		"own-user/startup/empty-lock": "refuses passed", "roots/startup/dead-number": "starts passed",
		"roots/startup/live-number": "starts passed", "roots/startup/empty-lock": "refuses passed"}))
}

// With bare a stranger comes after the server, and what names it can be planted then.
func TestAStrangerIsThereWithBareToo(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	g := NewWithT(t)
	bare := func(name, stranger string) string {
		return server{name: name, program: listens + "listens(8080);", dockerfile: "USER www-data\n", target: fmt.Sprintf(`listeners: {web: {port: 8080, proto: tcp}}
restart_as: bare
leftovers:
  stranger: %s
  watch: [/tmp]
  scenarios:
    told-to-kill:
      because: the command believes the file
      steps: [{start: 0, expect: starts}, {plant: [{kind: pid-file, name: /tmp/x.pid, content: "${stranger}\n", mode: "0644"}]}, {run: [sh, -c, "kill $(cat /tmp/x.pid)"], kills_stranger: true}]
`, stranger)}.file(t)
	}
	seen, _, e := startsOf(t, "-f", bare("own", "{uid: 33}"), "-f", bare("roots", "true"))
	g.Expect(e.exit).To(Equal(1), e.out+e.errOut)
	g.Expect(seen).To(Equal(started{"own/startup/told-to-kill": "starts passed", "roots/startup/told-to-kill": "starts failed"}))
	g.Expect(e.out).To(ContainSubstring("the stranger, PID "), "root's is not killed by www-data")
}

// A daemon believes the number in its pid file, which has three lines, if such a process lives. Its own number does.
const daemon = listens + `my $pid = "/run/app.pid";
if (open F, $pid) { my $n = <F>; if ($n > 0 && kill(0, $n)) { print "already running as $n"; exit 1 } close F }
open F, ">$pid"; print F "$$\n/srv/app\n1700000000\n"; close F; listens(8080);`

func TestADaemonIsAimedAtByTheFirstLineOfItsPIDFile(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	g := NewWithT(t)
	forks := func(name, pidFile string) string {
		return server{name: name, program: daemon, target: `command: [sh, -c, "trap 'rm -f /run/app.pid; exit 0' TERM; perl /server.pl & wait"]
listeners: {web: {port: 8080, proto: tcp}}
ready: {listener: web, within: 3s}
leftovers: {run_dir: {path: /run, on: layer}, daemon: ` + pidFile + `, stays: 1s}
`}.file(t)
	}
	seen, summary, e := startsOf(t, "-f", forks("forks", "/run/app.pid"), "-f", forks("no-such-file", "/run/none.pid"), "-f", forks("no-number", "/etc/hostname"),
		"-f", postgresWith(t, "forks-not", "leftovers: {daemon: /var/lib/postgresql/15/main/postmaster.pid, watch: [/run/postgresql]}\n"))
	g.Expect(e.exit).To(Equal(1), e.out+e.errOut)
	for _, scenario := range []string{"clean-stop", "unclean-other-pid", "unclean-same-pid"} {
		g.Expect(seen["forks-not/startup/"+scenario]).To(Equal("starts passed"), scenario)
		g.Expect(seen["no-such-file/startup/"+scenario]).To(Equal("inconclusive inconclusive"), scenario)
		g.Expect(seen["no-number/startup/"+scenario]).To(Equal("inconclusive inconclusive"), scenario)
	}
	g.Expect(seen["forks/startup/clean-stop"]).To(Equal("starts passed"))
	g.Expect(seen["forks/startup/unclean-other-pid"]).To(Equal("starts passed"))
	g.Expect(seen["forks/startup/unclean-same-pid"]).To(Equal("refuses failed"), "it takes itself for another")
	messages := map[string]string{}
	for _, target := range summary.Targets {
		for _, cell := range target.Cells() {
			messages[cell.Address] = cell.Judgement.Message + strings.Join(cell.Judgement.Evidence, "\n")
		}
	}
	g.Expect(messages["no-such-file/startup/clean-stop"]).To(ContainSubstring("nothing to aim at: /run/none.pid does not exist"))
	g.Expect(messages["no-number/startup/clean-stop"]).To(ContainSubstring("nothing to aim at: the first line of /etc/hostname is no PID"))
	g.Expect(messages["forks-not/startup/unclean-same-pid"]).To(ContainSubstring("the daemon has PID 4242, 0 above its main process"))
}
