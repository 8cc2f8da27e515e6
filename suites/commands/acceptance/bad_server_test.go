package acceptance_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

// badServer is a target that cannot be tested, or that fails, and what has to be said of it.
type badServer struct {
	name   string
	file   string // target.yaml behind the name, but for listeners and limits where it has none
	status record.Status
	says   string // a regular expression, of the message of every cell
	log    string // in the log of the target that is kept, "" for none
}

// plainListener is what most of them have: a port that nothing good answers on.
const plainListener = `
listeners: {web: {port: 8080, proto: http, stages: [tcp.connected, http.headers]}}
ready: {listener: web, within: 3s}
cap: 6s
limits: {"*": {absolute: 2s, by: header_timeout}}
`

// acceptor is a server in Perl, which every Debian has: %s is done with each connection.
const acceptor = `build: empty
command: [perl, -MIO::Socket::INET, -e, 'my $s = IO::Socket::INET->new(LocalPort => 8080, Listen => 64, ReuseAddr => 1) or die; my @all; while (my $c = $s->accept) { %s }']
`

func badServers() []badServer {
	return []badServer{
		{"broken-build", "build: broken" + plainListener, record.Unknown,
			`image of target broken-build: build .*broken: Dockerfile:4: RUN: .*(?s:.*this-went-wrong)`, ""},
		{"no-image", "image: stalemate.invalid/nobody/nothing:1" + plainListener, record.Unknown,
			`start target no-image: .*image stalemate.invalid/nobody/nothing:1 is not in the engine and cannot be pulled: build or load it, or correct its name`, ""},
		{"exits", "build: empty\ncommand: [sh, -c, \"echo last-words; exit 7\"]" + plainListener, record.Unknown,
			`start target exits: .*its main process has ended with status 7; listener web, port 8080: .*; its log ends: last-words$`, "last-words"},
		{"never-listens", "build: empty\ncommand: [sleep, infinity]" + plainListener, record.Unknown,
			`target never-listens was not ready within 3s: listener web, port 8080: .*refused.*nothing listens on that port`, ""},
		{"never-ready", fmt.Sprintf(acceptor, "push @all, $c") + plainListener, record.Unknown,
			`target never-ready was not ready within 3s: listener web, port 8080: `, ""},
		{"closes", fmt.Sprintf(acceptor, "close $c") + plainListener, record.Unknown,
			`target closes was not ready within 3s: listener web, port 8080: `, ""},
		// Ready for all that a tcp listener is asked for, and gone before the hold is proven.
		{"closes-tcp", fmt.Sprintf(acceptor, "close $c") + `
listeners: {raw: {port: 8080, proto: tcp}}
cap: 6s
limits: {"*": {absolute: 2s, by: header_timeout}}
`, record.Unknown, `the server ended the connection .*: a refusal and no limit`, ""},
	}
}

// TestBadServersAreNamedAndLeaveNothing runs them all at once, beside a sound
// server whose cells must all be there.
func TestBadServersAreNamedAndLeaveNothing(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	g := NewWithT(t)
	dir := t.TempDir()
	for name, text := range map[string]string{
		"empty":  "ARG BASE\nFROM ${BASE}\n",
		"broken": "ARG BASE\nFROM ${BASE}\n\nRUN echo this-went-wrong && false\n",
	} {
		g.Expect(os.MkdirAll(filepath.Join(dir, name), 0o755)).To(Succeed())
		g.Expect(os.WriteFile(filepath.Join(dir, name, "Dockerfile"), []byte(text), 0o644)).To(Succeed())
	}
	files := []string{"-f", filepath.Join(moduleRoot, "fixtures", "nginx")}
	for _, one := range badServers() {
		file := filepath.Join(dir, one.name+".yaml")
		g.Expect(os.WriteFile(file, []byte("version: 1\nname: "+one.name+"\n"+one.file), 0o644)).To(Succeed())
		files = append(files, "-f", file)
	}
	// nginx, told to listen where nobody reaches it, and told TLS where it speaks none.
	loopback := renamed(t, "loopback-only", "listen 8080 default_server", "listen 127.0.0.1:8080 default_server")
	plain := renamed(t, "no-tls", "listen 4412 ssl default_server", "listen 4412 default_server")
	only := "nginx/web/http.keep-alive|broken-build|no-image|exits|never-listens|never-ready|closes|closes-tcp|loopback-only/web/http.keep-alive|no-tls/tls12/tls.established|no-tls/tls12/tls.server-hello"
	report := filepath.Join(dir, "report.json")
	e := check(t, binary(t), append(files, "-f", loopback, "-f", plain, "--only", only, "--json", report)...)

	summary := readReport(t, report)
	g.Expect(leftOf(t, summary.Run)).To(BeEmpty())
	g.Expect(e.exit).To(Equal(3), e.out+e.errOut)
	g.Expect(e.out + e.errOut).NotTo(ContainSubstring("panic"))
	for _, one := range append(badServers(),
		badServer{"loopback-only", "", record.Unknown, `target loopback-only was not ready within 4s: listener web, port 8080: .*refused.*listens on port 8080 of 127.0.0.1 alone: have it listen on every address`, ""},
		badServer{"no-tls", "", record.Unknown, `the server does not speak TLS on this port`, ""},
		badServer{"nginx", "", record.Passed, `^fired: measured (\d+ times )?(2\.9|3\.)`, ""}) {
		target := targetOf(summary, one.name)
		g.Expect(target).NotTo(BeNil(), one.name)
		g.Expect(target.Cells()).NotTo(BeEmpty(), one.name)
		for _, cell := range target.Cells() {
			if strings.HasSuffix(cell.Address, "/after/serves") {
				continue // a server that closes everything still serves as before
			}
			g.Expect(cell.Status).To(Equal(one.status), "%s: %s", cell.Address, cell.Message())
			g.Expect(cell.Judgement.Message).To(MatchRegexp(one.says), cell.Address)
		}
		if one.log != "" {
			g.Expect(fmt.Sprint(target.Logs)).To(ContainSubstring(one.log), one.name)
		}
		g.Expect(e.out).To(ContainSubstring(one.name))
	}
}

// renamed gives a copy of the nginx fixture under another name, with one text of its configuration changed.
func renamed(t *testing.T, name, from, to string) string {
	t.Helper()
	dir := fixturesCopy(t, "nginx/nginx.conf", from, to)
	replace(t, filepath.Join(dir, "nginx", "target.yaml"), "name: nginx\n", "name: "+name+"\n")
	replace(t, filepath.Join(dir, "nginx", "target.yaml"), "within: 20s", "within: 4s")
	return filepath.Join(dir, "nginx")
}

func readReport(t *testing.T, path string) record.Summary {
	t.Helper()
	g := NewWithT(t)
	text, err := os.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	var s record.Summary
	g.Expect(json.Unmarshal(text, &s)).To(Succeed())
	return s
}

func targetOf(s record.Summary, name string) *record.Target {
	for _, target := range s.Targets {
		if target.Name == name {
			return target
		}
	}
	return nil
}
