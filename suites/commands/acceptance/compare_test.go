package acceptance_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/containers/engine"
	"stalemate/containers/image"
)

// comparedTarget is Apache with limits that both builds meet: what is compared is
// when each lets go, and not whether its file is right.
const comparedTarget = `version: 1
name: edge
image: example/overridden:1
certificates: [{names: [shop.test], cert: /etc/stalemate/server.crt, key: /etc/stalemate/server.key}]
capacity: 256
listeners:
  web: {port: 8080, proto: http, stages: [tcp.connected, http.request-line, http.headers, http.body, http.keep-alive, http.response]}
  tls: {port: 4413, proto: https, sni: shop.test, tls: "1.3", stages: [tls.client-hello, tls.server-hello, tls.established, http.headers, http.keep-alive]}
request: {host: shop.test, path: /, body: /body, large: /large}
ready: {listener: web, status: 200, within: 20s}
cap: 21s
limits:
  "*": {max: 18s, worker: 3s}
`

// apacheImage builds an image of the project's Apache with its configuration in it, one directive changed.
func apacheImage(t *testing.T, keepAlive string) string {
	t.Helper()
	g := NewWithT(t)
	dir := t.TempDir()
	g.Expect(os.CopyFS(dir, os.DirFS(filepath.Join(moduleRoot, "fixtures", "apache")))).To(Succeed())
	replace(t, filepath.Join(dir, "httpd.conf"), "KeepAliveTimeout 3", "KeepAliveTimeout "+keepAlive)
	dockerfile, err := os.OpenFile(filepath.Join(dir, "Dockerfile"), os.O_APPEND|os.O_WRONLY, 0)
	g.Expect(err).NotTo(HaveOccurred())
	_, err = dockerfile.WriteString("COPY httpd.conf body.lua /etc/stalemate/\n" +
		`CMD ["apache2", "-DFOREGROUND", "-D", "event", "-f", "/etc/stalemate/httpd.conf"]` + "\n")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(dockerfile.Close()).To(Succeed())
	ctx, cancel := context.WithTimeout(t.Context(), runWithin)
	defer cancel()
	e, err := engine.Connect(ctx)
	g.Expect(err).NotTo(HaveOccurred())
	defer e.Close()
	built, err := image.New(e, nil).Target(ctx, image.Source{Build: dir})
	g.Expect(err).NotTo(HaveOccurred())
	return built.Ref
}

// compareOfStarts compares today's mod_auth_digest with the one before its fix.
func compareOfStarts(t *testing.T) {
	g := NewWithT(t)
	digest := filepath.Join(moduleRoot, "fixtures", "digest")
	dir := t.TempDir()
	e := execute(t, binary(t), "compare", "-f", filepath.Join(digest, "stock-posix", "target.yaml"),
		"--candidate-file", filepath.Join(digest, "unfixed-posix", "target.yaml"),
		"--only", "*/startup/same-pid|*/startup/other-pid", "--repeats", "2", "--out", dir)
	g.Expect(e.exit).To(Equal(1), e.out+e.errOut)
	g.Expect(e.out).To(And(ContainSubstring("1 same  0 fixed  1 REGRESSED"),
		MatchRegexp(`REGRESSED critical +startup/same-pid\n +baseline +starts \(2 of 2\)(?s:.*?)\n +candidate +refuses \(2 of 2\); start 2 with PID 4242 (?s:.*?)AH01762`)), e.out)
}

// compared is what the JSON report of a comparison says.
type compared struct {
	Exit  int            `json:"exit"`
	Count map[string]int `json:"count"`
	Cells []struct {
		Cell      string `json:"cell"`
		Kind      string `json:"kind"`
		Candidate struct {
			Repeats int `json:"repeats"`
		} `json:"candidate"`
	} `json:"cells"`
	Problems            []string `json:"problems"`
	Baseline, Candidate struct {
		Images []struct {
			ID string `json:"id"`
		} `json:"images"`
	}
}

// compareBuilds runs `stalemate compare` and reads its JSON report.
func compareBuilds(t *testing.T, args ...string) (ended, compared) {
	t.Helper()
	g := NewWithT(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "target.yaml")
	g.Expect(os.WriteFile(file, []byte(comparedTarget), 0o644)).To(Succeed())
	report := filepath.Join(dir, "report.json")
	e := execute(t, binary(t), append([]string{"compare", "-f", file, "--out", dir, "--json", report,
		"--junit", filepath.Join(dir, "junit.xml"), "--html", filepath.Join(dir, "report.html")}, args...)...)
	e.dir = dir
	var c compared
	text, err := os.ReadFile(report)
	g.Expect(err).NotTo(HaveOccurred(), e.out+e.errOut)
	g.Expect(json.Unmarshal(text, &c)).To(Succeed())
	g.Expect(c.Exit).To(Equal(e.exit))
	return e, c
}

// TestCompare holds its comparisons one after the other: each takes a network for
// every pod, and Docker's default address pools have some thirty.
func TestCompare(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	t.Run("of builds that differ in one directive", compareFindsExactlyWhatDiffers)
	t.Run("of an image with itself", compareOfAnImageWithItself)
	t.Run("of a module with the one that has the bug", compareOfStarts)
	t.Run("with an image that is not there", compareWithAnImageThatIsNotThere)
}

func compareFindsExactlyWhatDiffers(t *testing.T) {
	g := NewWithT(t)
	before, after := apacheImage(t, "3"), apacheImage(t, "15")
	began := time.Now()
	e, c := compareBuilds(t, "--baseline", before, "--candidate", after)
	t.Logf("%v in %s", c.Count, time.Since(began))
	g.Expect(e.exit).To(Equal(0), e.out+e.errOut)
	g.Expect(c.Cells).To(HaveLen(17))
	for _, cell := range c.Cells {
		kind := "same"
		if strings.Contains(cell.Cell, "/http.keep-alive/") {
			kind = "changed"
		}
		g.Expect(cell.Kind).To(Equal(kind), cell.Cell+"\n"+e.out)
		g.Expect(cell.Candidate.Repeats).To(BeElementOf(5, 10), cell.Cell)
	}
	g.Expect(c.Baseline.Images).To(HaveLen(1))
	g.Expect(c.Candidate.Images).To(HaveLen(1))
	g.Expect(c.Baseline.Images[0].ID).NotTo(Equal(c.Candidate.Images[0].ID))
	g.Expect(e.out).To(And(MatchRegexp(`changed low +web/http.keep-alive/silent +(2\.9|3\.\d)s -> 1(4\.9|5\.\d)s \(spread .*; allowed `),
		ContainSubstring("--image "+after), ContainSubstring("--only edge/web/http.keep-alive/silent")))

	// The log of that run stands for the baseline, and the reports are drawn again from it alone.
	log := filepath.Join(e.dir, "events.jsonl")
	saved, sc := compareBuilds(t, "--baseline-log", log, "--candidate", after, "--repeats", "2", "--fail-on", "low", "--only", "*/http.keep-alive")
	g.Expect(saved.exit).To(Equal(1), saved.out+saved.errOut)
	g.Expect(sc.Count).To(Equal(map[string]int{"changed": 2}), "what --only leaves out is missing on no side:\n"+saved.out)
	g.Expect(sc.Problems).To(BeEmpty())
	g.Expect(failures(t, saved.dir)).To(Equal(2))
	g.Expect(failures(t, e.dir)).To(Equal(0), "changed, and below --fail-on")
	again := execute(t, binary(t), "report", filepath.Join(saved.dir, "events.jsonl"))
	g.Expect(again.exit).To(Equal(1))
	g.Expect(firstLines(again.out, 4)).To(Equal(firstLines(saved.out, 4)))
}

func firstLines(text string, n int) []string {
	lines := strings.Split(text, "\n")
	return lines[:min(n, len(lines))]
}

// failures are those that JUnit counts.
func failures(t *testing.T, dir string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "junit.xml"))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	var doc struct {
		Failures int `xml:"failures,attr"`
	}
	NewWithT(t).Expect(xml.Unmarshal(text, &doc)).To(Succeed())
	return doc.Failures
}

func compareOfAnImageWithItself(t *testing.T) {
	g := NewWithT(t)
	one := apacheImage(t, "3")
	e, c := compareBuilds(t, "--baseline", one, "--candidate", one)
	g.Expect(e.exit).To(Equal(0), e.out+e.errOut)
	g.Expect(c.Cells).To(HaveLen(17))
	g.Expect(c.Count).To(Equal(map[string]int{"same": 17}), e.out)
}

func compareWithAnImageThatIsNotThere(t *testing.T) {
	g := NewWithT(t)
	file := filepath.Join(t.TempDir(), "target.yaml")
	g.Expect(os.WriteFile(file, []byte(comparedTarget), 0o644)).To(Succeed())
	name := fmt.Sprintf("stalemate-test/absent:%d", time.Now().UnixNano())
	e := execute(t, binary(t), "compare", "-f", file, "--out", t.TempDir(), "--baseline", apacheImage(t, "3"), "--candidate", name)
	g.Expect(e.exit).To(Equal(3), e.out+e.errOut)
	g.Expect(e.errOut).To(And(ContainSubstring("candidate"), ContainSubstring(name)))
}
