package commands

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/containers/engine"
	"stalemate/reports/record"
	"stalemate/suites/run"
)

func TestNextParts(t *testing.T) {
	g := NewWithT(t)
	addresses := []string{"edge/web/http.body/silent", "edge/web/http.body/trickle", "edge/web/http.headers/silent", "other/web/tcp.connected/silent"}
	g.Expect(nextParts(addresses, "")).To(Equal([]string{"edge/", "other/"}))
	g.Expect(nextParts(addresses, "edge/web/http.")).To(Equal([]string{"edge/web/http.body/", "edge/web/http.headers/"}))
	g.Expect(nextParts(addresses, "edge/web/http.body/")).To(Equal([]string{"edge/web/http.body/silent", "edge/web/http.body/trickle"}))
	g.Expect(nextParts(addresses, "other|ed")).To(Equal([]string{"other|edge/"}))
	g.Expect(nextParts(addresses, "edge/web/http.body/silent")).To(BeEmpty())
	g.Expect(nextParts(addresses, "nobody")).To(BeEmpty())
}

func TestFailOn(t *testing.T) {
	g := NewWithT(t)
	g.Expect(failOnWords()).To(Equal([]string{"any", "low", "medium", "high", "critical"}))
	g.Expect(failOn("any")).To(Equal(record.Severity("")))
	g.Expect(failOn("high")).To(Equal(record.High))
	_, err := failOn("")
	g.Expect(err).To(MatchError(ContainSubstring("give one of any")))
}

// planned is a target file and the arguments that name it.
func planned(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "edge.yaml")
	NewWithT(t).Expect(os.WriteFile(path, []byte(`version: 1
name: edge
image: example/edge:1
listeners: {web: {port: 8080, proto: http}}
request: {body: /upload}
limits:
  http.body: {unbounded: nothing ends it}
  "*": {max: 60s, by: a_directive_with_a_very_long_name_indeed}
`), 0o644)).To(Succeed())
	return path
}

func TestListFitsTheTerminal(t *testing.T) {
	g := NewWithT(t)
	p, err := run.Load(run.Options{Files: []string{planned(t)}})
	g.Expect(err).NotTo(HaveOccurred())
	var wide, narrow bytes.Buffer
	g.Expect(listTable(&wide, p, 0)).To(Succeed())
	g.Expect(wide.String()).To(MatchRegexp(`edge/web/tcp.connected/silent +fired +at most 60 s, \+3 s \(a_directive_with_a_very_long_name_indeed\)\n`))
	g.Expect(wide.String()).To(MatchRegexp(`edge/web/http.body/silent +as-declared +none, watched for 3m0s: nothing ends it\n`))
	g.Expect(strings.Count(wide.String(), "\n")).To(Equal(len(p.Cells)+1), "a line a cell, and the heading")
	g.Expect(listTable(&narrow, p, 90)).To(Succeed())
	for line := range strings.Lines(narrow.String()) {
		g.Expect(len(strings.TrimRight(line, "\n"))).To(BeNumerically("<=", 90), line)
	}
}

func TestListJSON(t *testing.T) {
	g := NewWithT(t)
	p, err := run.Load(run.Options{Files: []string{planned(t)}, Only: "edge/web/http.body/silent"})
	g.Expect(err).NotTo(HaveOccurred())
	var out bytes.Buffer
	g.Expect(listJSON(&out, p)).To(Succeed())
	var cells []listed
	g.Expect(json.Unmarshal(out.Bytes(), &cells)).To(Succeed())
	g.Expect(cells).To(HaveLen(len(p.Cells)))
	g.Expect(cells[0].Address).To(Equal("edge/web/http.body/silent"))
	g.Expect(cells[0].Reason).To(Equal("nothing ends it"))
	g.Expect(cells[0].Watch).To(Equal(180.0))
}

func TestFindingsSayWhatToDo(t *testing.T) {
	g := NewWithT(t)
	var out bytes.Buffer
	g.Expect(writeFindings(&out, []engine.Finding{
		{Name: "engine", Level: engine.OK, Detail: "20.10"},
		{Name: "disk", Level: engine.Fail, Detail: strings.Repeat("no room ", 20), ToDo: "free some"},
	}, 60)).To(Succeed())
	g.Expect(out.String()).To(And(MatchRegexp(`OK +engine +20.10\n`), MatchRegexp(`FAIL +disk +no room`), ContainSubstring("-> free some")))
	for line := range strings.Lines(out.String()) {
		g.Expect(len(strings.TrimRight(line, "\n"))).To(BeNumerically("<=", 60), line)
	}
}

// command runs the whole command as main does.
func command(args ...string) (int, string) {
	var out bytes.Buffer
	return Execute(args, strings.NewReader(""), &out, &out), out.String()
}

func TestManPagesAreTheSameEveryDay(t *testing.T) {
	g := NewWithT(t)
	read := func() string {
		dir := t.TempDir()
		code, out := command("man", dir)
		g.Expect(code).To(Equal(ExitOK), out)
		text, err := os.ReadFile(filepath.Join(dir, "stalemate-check.1"))
		g.Expect(err).NotTo(HaveOccurred())
		_, err = os.Stat(filepath.Join(dir, "stalemate-pod-attack.1"))
		g.Expect(err).To(HaveOccurred(), "hidden commands have no page")
		return string(text)
	}
	g.Expect(read()).To(And(Equal(read()), ContainSubstring(`--waivers`)))
}

func TestCompletionOffersAddresses(t *testing.T) {
	g := NewWithT(t)
	code, out := command("__complete", "check", "-f", planned(t), "--only", "edge/web/http.b")
	g.Expect(code).To(Equal(ExitOK))
	g.Expect(out).To(HavePrefix("edge/web/http.body/\n"))
	code, out = command("__complete", "check", "-f", planned(t), "--only", "edge/web/http.request-line/")
	g.Expect(code).To(Equal(ExitOK), out)
	g.Expect(strings.Fields(out)).To(ContainElements("edge/web/http.request-line/trickle", "edge/web/http.request-line/alone", "edge/web/http.request-line/later"))
	code, out = command("__complete", "hold", "--stage", "")
	g.Expect(code).To(Equal(ExitOK))
	g.Expect(out).To(ContainSubstring("tls.server-hello\n"))
	code, out = command("completion", "bash")
	g.Expect(code).To(Equal(ExitOK))
	g.Expect(out).To(ContainSubstring("__complete"))
}

func TestRenderPrintsWhatIsTested(t *testing.T) {
	g := NewWithT(t)
	code, out := command("render", "-f", planned(t), "--image", "example/edge:2", "--repeat", "3")
	g.Expect(code).To(Equal(ExitOK), out)
	g.Expect(out).To(And(ContainSubstring("image: example/edge:2"), ContainSubstring("repeat: 3"), Not(ContainSubstring("canary"))))
}
