package acceptance_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// debianApache is Apache as Debian configures it, with TLS switched on as its documentation says.
const debianApache = `ARG BASE
FROM ${BASE}
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends apache2 ssl-cert && rm -rf /var/lib/apt/lists/* \
 && a2enmod ssl && a2ensite default-ssl
ARG TIMEOUTS=stock
RUN if [ "$TIMEOUTS" = day ]; then printf 'Timeout 86400\nKeepAliveTimeout 86400\nRequestReadTimeout header=86400 body=86400\n' \
 > /etc/apache2/conf-enabled/zz-day.conf; fi
CMD ["apachectl", "-DFOREGROUND"]
`

// TestLearnDebiansApacheThenCheck learns a server of which only its image is known, and checks it with the file that was written. With
// every timeout at 24 h the same image fails.
func TestLearnDebiansApacheThenCheck(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	g := NewWithT(t)
	path, dir := binary(t), t.TempDir()
	g.Expect(os.MkdirAll(filepath.Join(dir, "image"), 0o755)).To(Succeed())
	g.Expect(os.WriteFile(filepath.Join(dir, "image", "Dockerfile"), []byte(debianApache), 0o644)).To(Succeed())
	partial, file := filepath.Join(dir, "partial.yaml"), filepath.Join(dir, "learnt.yaml")
	g.Expect(os.WriteFile(partial, []byte("version: 1\nname: debian-apache\nbuild: image\nbuild_args: {TIMEOUTS: stock}\n"), 0o644)).To(Succeed())

	e := execute(t, path, "learn", "-f", partial, "--cap", "20s", "-o", file)
	g.Expect(e.exit).To(Equal(0), e.out+e.errOut)
	raw, err := os.ReadFile(file)
	g.Expect(err).NotTo(HaveOccurred())
	text := string(raw)
	g.Expect(text).To(And(ContainSubstring("reviewed: false"), ContainSubstring("Server: Apache"),
		ContainSubstring("tls12: {port: 443, proto: https"), ContainSubstring("web: {port: 80, proto: http")), text)
	g.Expect(ruleOf(text, "tls.server-hello")).To(ContainSubstring(`idle: 300s, granularity: 2s, by: "Timeout"`), "the timeout of its poll\n"+text)
	g.Expect(ruleOf(text, "tls.client-hello/trickle")).To(ContainSubstring("while a byte came every 700ms; set RequestReadTimeout handshake= to end it"), text)
	g.Expect(text).NotTo(MatchRegexp(`stages: [^\n]*h2\.`), "Debian's Apache answers with a protocol that was not offered")
	g.Expect(ruleOf(text, "http.keep-alive")).To(And(ContainSubstring("idle: 5s"), ContainSubstring("KeepAliveTimeout")), text)

	g.Expect(unwrap(e.errOut)).To(MatchRegexp(`WEAKNESS .*tls.server-hello.*: not released within 20s; its process waits for at most 300s; set Timeout to end it`))
	g.Expect(e.errOut).To(HaveSuffix("learn wrote " + file + ".\nNext: stalemate check -f " + file + "\n"))

	// make learned waits for such limits. This test declares them instead.
	replace(t, file, "idle: 300s, granularity: 2s", "at_least: 20s")
	replace(t, file, "cap: 320s", "cap: 29s")
	c := check(t, path, "-f", file)
	g.Expect(c.exit).To(Equal(0), text+c.out+c.errOut)

	replace(t, file, "TIMEOUTS: stock", "TIMEOUTS: day")
	c = check(t, path, "-f", file, "--only", "http.keep-alive|http.headers")
	g.Expect(c.exit).To(Equal(1), text+c.out+c.errOut)
	g.Expect(c.out).To(ContainSubstring("never"))
}

// unwrap has each weakness of a report on one line.
func unwrap(text string) string { return strings.ReplaceAll(text, "\n    ", " ") }

// ruleOf gives the first line of limits whose pattern has that text.
func ruleOf(text, pattern string) string {
	for line := range strings.Lines(text) {
		if head, rule, ok := strings.Cut(line, `":`); ok && strings.Contains(head, pattern) {
			return rule
		}
	}
	return ""
}

// badImage is something of which nothing can be learnt, and what has to be said of it.
type badImage struct {
	name    string
	partial string   // behind the name, "" for none
	args    []string // beside -f
	exit    int
	says    string // a regular expression, of standard error
}

func badImages() []badImage {
	answers := fmt.Sprintf(acceptor, `sysread $c, my $in, 4096; print $c qq(HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok); close $c`)
	return []badImage{
		{"exits", "build: empty\ncommand: [sh, -c, \"echo last-words; exit 7\"]\n", nil, 3,
			`nothing was learnt: target exits: the server ended with status 7 before it listened; its log ends: last-words\n`},
		{"never-listens", "build: empty\ncommand: [sleep, infinity]\n", nil, 3,
			`nothing was learnt: target never-listens: the server listened on no port within 30s; its log is empty\n`},
		{"loopback-only", strings.Replace(fmt.Sprintf(acceptor, "push @all, $c"), "LocalPort", "LocalAddr => q(127.0.0.1), LocalPort", 1), nil, 3,
			`nothing was learnt: target loopback-only: no client can reach the server \(open ports: perl on 127\.0\.0\.1:8080, loopback only\)\n`},
		{"no-tls", answers, []string{"--https", "8080"}, 3,
			`nothing was learnt: target no-tls: --https 8080: the server does not speak HTTP over TLS there: port 8080 \(perl\) speaks HTTP\n`},
		{"another-port", answers, []string{"--http", "8081"}, 3,
			`nothing was learnt: target another-port: no client can reach port 8081 \(open ports: perl on 8080\)\n`},
		{"absent", "", []string{"stalemate.invalid/nobody/nothing:1"}, 3,
			`nothing was learnt: .*image stalemate.invalid/nobody/nothing:1 is not in the engine and cannot be pulled: build or load it, or correct its name`},
		{"no-folder", "build: nowhere\n", nil, 2,
			`no-folder.yaml:3:8: build: the folder nowhere does not exist; write a path from the folder of this file\n`},
	}
}

// learnt runs `stalemate learn`, by way of a command that may set variables, into a folder that is empty.
// It gives the log as well, which is "" where nothing was begun.
func learnt(t *testing.T, before []string, args ...string) (e ended, log string) {
	t.Helper()
	g := NewWithT(t)
	events, into := t.TempDir(), t.TempDir()
	whole := append(append(before, binary(t), "learn", "--out", events, "-o", filepath.Join(into, "target.yaml"), "--waivers", filepath.Join(into, "waivers.yaml")), args...)
	e = execute(t, whole[0], whole[1:]...)
	e.dir = into
	if text, err := os.ReadFile(filepath.Join(events, "events.jsonl")); err == nil {
		log = string(text)
		g.Expect(leftOf(t, runOf(t, filepath.Join(events, "events.jsonl")))).To(BeEmpty())
	}
	g.Expect(e.out + e.errOut).NotTo(ContainSubstring("panic"))
	return e, log
}

// emptyImage makes a folder of target files with an image in it that has the base system and nothing more.
func emptyImage(t *testing.T) string {
	t.Helper()
	g := NewWithT(t)
	dir := t.TempDir()
	g.Expect(os.Mkdir(filepath.Join(dir, "empty"), 0o755)).To(Succeed())
	g.Expect(os.WriteFile(filepath.Join(dir, "empty", "Dockerfile"), []byte("ARG BASE\nFROM ${BASE}\n"), 0o644)).To(Succeed())
	return dir
}

// TestLearnNamesBadImagesAndLeavesNothing learns each by itself: one failure hides no other.
func TestLearnNamesBadImagesAndLeavesNothing(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	for _, one := range badImages() {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			args := one.args
			if one.partial != "" {
				file := filepath.Join(emptyImage(t), one.name+".yaml")
				g.Expect(os.WriteFile(file, []byte("version: 1\nname: "+one.name+"\n"+one.partial), 0o644)).To(Succeed())
				args = append([]string{"-f", file}, args...)
			}
			e, log := learnt(t, nil, args...)
			g.Expect(e.exit).To(Equal(one.exit), e.out+e.errOut)
			g.Expect(e.errOut).To(MatchRegexp(one.says))
			g.Expect(e.out).To(BeEmpty())
			if one.exit == 2 {
				g.Expect(log).To(BeEmpty(), "a refusal begins nothing")
			} else {
				g.Expect(log).To(ContainSubstring(`"kind":"run.ended"`))
			}
			g.Expect(os.ReadDir(e.dir)).To(BeEmpty(), "neither what was to be written nor a part of it")
		})
	}
}

// TestLearnHidesWhatTheServerSays has a server say its secret, over and over.
func TestLearnHidesWhatTheServerSays(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	g := NewWithT(t)
	const secret = "s3cr3t-of-a-test"
	file := filepath.Join(emptyImage(t), "tells.yaml")
	g.Expect(os.WriteFile(file, []byte("version: 1\nname: tells\nbuild: empty\nenv: {TOKEN: \"${env:STALEMATE_TEST_TOKEN}\"}\n"+
		"command: [sh, -c, \"for i in $(seq 99); do echo $i $TOKEN; done; exit 7\"]\n"), 0o644)).To(Succeed())
	e, log := learnt(t, []string{"env", "STALEMATE_TEST_TOKEN=" + secret}, "-f", file)
	g.Expect(e.exit).To(Equal(3))
	g.Expect(e.errOut).To(ContainSubstring("98 ***\n99 ***\n"))
	g.Expect(log).To(ContainSubstring("99 ***"))
	g.Expect(e.out + e.errOut + log).NotTo(ContainSubstring("s3cr3t"))
}
