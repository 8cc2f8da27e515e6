//go:build learned

package acceptance_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// learntWithin bounds how long learn takes for an image that is built.
const learntWithin = 3 * time.Minute

// learned is a server of Debian in its default configuration.
type learned struct {
	name string
	// limits are rules that the file must have: what is in the pattern, and a regular expression of the rule.
	limits map[string]string
	// weaknesses are regular expressions, one for each weakness that learn must name, in the file and on the terminal.
	weaknesses []string
	// unseen says why check cannot tell the server from one with every timeout at 24 h. "" for a server that must fail then.
	unseen string
}

func learnedServers() []learned {
	return []learned{
		{name: "nginx", limits: map[string]string{"http.headers": `(idle|absolute): 60s`, "http.keep-alive": `idle: 75s`}},
		{name: "apache2", limits: map[string]string{"http.keep-alive": `idle: 5s`}},
		{name: "haproxy", limits: map[string]string{"http.headers": `(idle|absolute): 50s`}},
		{name: "lighttpd", limits: map[string]string{"http.headers": `(idle|absolute): 60s`}},
		{name: "caddy", limits: map[string]string{"http.keep-alive": `idle: 300s`},
			weaknesses: []string{`http\.keep-alive.*: not released within 90s; its process waits for at most 300s; set servers\.timeouts\.idle to end it`,
				`.*http\.headers.*: not released within 90s; set servers\.timeouts\.read_header to end it`}},
		{name: "vsftpd", limits: map[string]string{"tcp.connected": `idle: 300s, granularity: 2s`},
			weaknesses: []string{`.*banner.*: not released within 90s; its process waits for at most 300s; set idle_session_timeout to end it`}},
		{name: "dovecot", limits: map[string]string{"banner/silent": `idle: 180s, granularity: \d+s`},
			weaknesses: []string{`.*banner.*: not released within 90s; its process waits for at most 180s; Dovecot's limit before the login is a constant`}},
		{name: "postfix", limits: map[string]string{"banner": `idle: 300s`},
			weaknesses: []string{`.*banner.*: not released within 90s; its process waits for at most 300s; set smtpd_timeout to end it`}},
		{name: "mosquitto", limits: map[string]string{"tcp.connected": `(max|granularity): `}},
		{name: "go", unseen: "it has no timeout, so 24 h are no less than before: it has the same weaknesses", weaknesses: []string{
			`http\.keep-alive.*: not released within 90s; set http\.Server\.IdleTimeout to end it`,
			`.*http\.headers.*: not released within 90s; set http\.Server\.ReadHeaderTimeout to end it`,
			`http\.body/silent.*: not released within 90s; set http\.Server\.ReadTimeout to end it`,
			`http\.response/silent.*: not released within 90s; set http\.Server\.WriteTimeout to end it`,
		}},
	}
}

// TestLearnedServers learns each server of testdata/learned, one after the other, because the time counts. The same image passes
// check. The same image with every timeout at 24 h fails, unless no limit of the server can be seen within the cap.
func TestLearnedServers(t *testing.T) {
	needsEngine(t)
	for _, one := range learnedServers() {
		t.Run(one.name, func(t *testing.T) { one.test(t) })
	}
}

func (l learned) test(t *testing.T) {
	g := NewWithT(t)
	path, dir := binary(t), t.TempDir()
	g.Expect(os.CopyFS(filepath.Join(dir, "image"), os.DirFS(filepath.Join("testdata", "learned", l.name)))).To(Succeed())
	if l.name == "go" {
		compileInto(t, filepath.Join(dir, "image"))
	}
	file := func(timeouts string) string {
		name := filepath.Join(dir, timeouts+".yaml")
		text := fmt.Sprintf("version: 1\nname: %s\nbuild: image\nbuild_args: {TIMEOUTS: %s}\n", l.name, timeouts)
		g.Expect(os.WriteFile(name, []byte(text), 0o644)).To(Succeed())
		return name
	}
	// Both images are built first, so that only learn itself is measured.
	partial := file("stock")
	for _, timeouts := range []string{"stock", "day"} {
		e := execute(t, path, "learn", "-f", file(timeouts), "--cap", "1s", "-o", filepath.Join(dir, "first.yaml"))
		g.Expect(e.exit).To(Equal(0), e.out+e.errOut)
	}
	target := filepath.Join(dir, "target.yaml")
	began := time.Now()
	e := execute(t, path, "learn", "-f", partial, "-o", target)
	took := time.Since(began)
	g.Expect(e.exit).To(Equal(0), e.out+e.errOut)
	raw, err := os.ReadFile(target)
	g.Expect(err).NotTo(HaveOccurred())
	text := string(raw)
	t.Logf("learnt in %s\n%s\n%s", took.Round(time.Second), text, e.errOut)
	g.Expect(took).To(BeNumerically("<", learntWithin))
	g.Expect(e.errOut).To(HaveSuffix("\nNext: stalemate check -f " + target + "\n"))
	for pattern, rule := range l.limits {
		g.Expect(ruleOf(text, pattern)).To(MatchRegexp(rule), text)
	}
	for _, weakness := range l.weaknesses {
		g.Expect(unwrap(e.errOut)).To(MatchRegexp("WEAKNESS "+weakness), e.errOut)
	}
	same := check(t, path, "-f", target)
	g.Expect(same.exit).To(Equal(0), text+same.out+same.errOut)
	replace(t, target, "TIMEOUTS: stock", "TIMEOUTS: day")
	worse := check(t, path, "-f", target)
	if l.unseen != "" {
		g.Expect(worse.exit).To(Equal(0), l.unseen+"\n"+worse.out)
		return
	}
	g.Expect(worse.exit).To(Equal(1), "every timeout at 24 h\n"+text+worse.out+worse.errOut)
	g.Expect(worse.out).To(ContainSubstring("never"))
}

// compileInto builds the server of testdata/learned/go.
func compileInto(t *testing.T, dir string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "server"), "./testdata/learned/go")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	NewWithT(t).Expect(err).NotTo(HaveOccurred(), string(out))
}
