package commands

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/suites/plan"
	"stalemate/suites/run"
)

func TestWithoutAFileTheOneInTheFolderIsTaken(t *testing.T) {
	g := NewWithT(t)
	text, err := os.ReadFile(planned(t))
	g.Expect(err).NotTo(HaveOccurred())
	t.Chdir(t.TempDir())
	commands := [][]string{{"check", "--dry-run"}, {"list"}, {"render"}, {"compare", "--dry-run", "--candidate", "example/edge:2"}}
	for _, args := range commands {
		code, out := command(args...)
		g.Expect(code).To(Equal(ExitUsage), out)
		g.Expect(out).To(Equal("stalemate: no -f, and no stalemate.yaml in this folder: give a target file with -f, or make one with\n" +
			"`stalemate learn IMAGE -o stalemate.yaml`\n"))
	}
	g.Expect(os.WriteFile("stalemate.yaml", text, 0o644)).To(Succeed())
	for _, args := range commands {
		code, out := command(args...)
		g.Expect(code).To(Equal(ExitOK), out)
	}
	_, out := command("list")
	g.Expect(out).To(ContainSubstring("edge/web/http.body/silent"))
	code, out := command("list", "-f", "other.yaml")
	g.Expect(code).To(Equal(ExitUsage), "a file that was named is no other")
	g.Expect(out).To(ContainSubstring("other.yaml"))
	code, out = command("__complete", "check", "--only", "edge/web/http.b")
	g.Expect(code).To(Equal(ExitOK))
	g.Expect(out).To(HavePrefix("edge/web/http.body/\n"))
}

func TestVersionIsAFlagToo(t *testing.T) {
	g := NewWithT(t)
	code, out := command("--version")
	g.Expect(code).To(Equal(ExitOK), out)
	_, want := command("version")
	g.Expect(out).To(Equal(want))
	_, help := command("--help")
	g.Expect(help).To(ContainSubstring("print the version of stalemate\n"))
}

// The files of this repository have the longest addresses and controls.
func TestListFitsEveryTerminal(t *testing.T) {
	g := NewWithT(t)
	p, err := run.Load(run.Options{Files: []string{"../../fixtures"}, Extent: plan.Thorough})
	g.Expect(err).NotTo(HaveOccurred())
	for _, width := range []int{80, 100, 132} {
		var out bytes.Buffer
		g.Expect(listTable(&out, p, width)).To(Succeed())
		for line := range strings.Lines(out.String()) {
			g.Expect(len([]rune(strings.TrimRight(line, "\n")))).To(BeNumerically("<=", width), line)
		}
		for _, c := range p.Cells {
			g.Expect(out.String()).To(ContainSubstring(c.Address), "an address stays in one piece, to be copied")
		}
	}
}

func TestCompletionOffersModesAndLogs(t *testing.T) {
	g := NewWithT(t)
	withoutEngine(t)
	_, out := command("__complete", "hold", "127.0.0.1:1", "--mode", "")
	g.Expect(out).To(HavePrefix("silent\ntrickle\n"))
	_, out = command("__complete", "report", "")
	g.Expect(out).To(HavePrefix("jsonl\n:8\n"), "files with this ending")
	for _, args := range [][]string{{"check", "--image", ""}, {"learn", ""}, {"compare", "--baseline", ""}, {"compare", "--candidate", ""}} {
		code, out := command(append([]string{"__complete"}, args...)...)
		g.Expect(code).To(Equal(ExitOK), "no engine, no offer")
		g.Expect(out).To(HavePrefix(":4\n"), "and no names of files")
	}
}

func TestOnlyTakesThePatternsOfLimits(t *testing.T) {
	g := NewWithT(t)
	file := planned(t)
	for pattern, cells := range map[string][]string{
		"http.body":              {"edge/web/http.body/silent", "edge/web/http.body/trickle"},
		"http.body/silent":       {"edge/web/http.body/silent"},
		"web/http.body":          {"edge/web/http.body/silent", "edge/web/http.body/trickle"},
		"*/http.body":            {"edge/web/http.body/silent", "edge/web/http.body/trickle"},
		"edge/web/http.b*":       {"edge/web/http.body/silent", "edge/web/http.body/trickle"},
		"http.bo*|tcp.connected": {"edge/web/http.body/silent", "edge/web/http.body/trickle", "edge/web/tcp.connected/silent"},
	} {
		code, out := command("list", "-f", file, "--only", pattern)
		g.Expect(code).To(Equal(ExitOK), out)
		var got []string
		for line := range strings.Lines(out) {
			if address := strings.Fields(line)[0]; strings.HasPrefix(address, "edge/") {
				got = append(got, address)
			}
		}
		g.Expect(got).To(ConsistOf(cells), pattern)
	}
}

// changed is the planned file with another text.
func changed(t *testing.T, from, to string) string {
	t.Helper()
	path := planned(t)
	text, err := os.ReadFile(path)
	g := NewWithT(t)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(text)).To(ContainSubstring(from))
	g.Expect(os.WriteFile(path, []byte(strings.Replace(string(text), from, to, 1)), 0o644)).To(Succeed())
	return path
}

func TestDryRunChecksWhatCanBeKnown(t *testing.T) {
	withoutEngine(t)
	const image, listener = "image: example/edge:1", "{port: 8080, proto: http}"
	file := left(t, filepath.Join(t.TempDir(), "file"))
	for name, one := range map[string]struct {
		from, to string
		args     []string
		says     string
	}{
		"name of an image":       {from: image, to: "image: example/EDGE:1", says: `target edge: image "example/EDGE:1": `},
		"image of --image":       {args: []string{"--image", "edge:1:2"}, says: `image "edge:1:2": `},
		"platform":               {from: image, to: image + "\nplatform: amd64", says: `platform`},
		"platform of a stranger": {from: image, to: image + "\nplatform: windows/amd64", says: `the platform "windows/amd64" is not Linux`},
		"address as server name": {from: listener, to: "{port: 8443, proto: https, sni: 127.0.0.1}", says: `listener web: sni "127.0.0.1" is an address`},
		"server name":            {from: listener, to: "{port: 8443, proto: https, sni: https://shop}", says: `sni "https://shop" is no host name`},
		"folder of the log":      {args: []string{"--out", filepath.Join(file, "x")}, says: "--out: make the folder of "},
		"folder of a report":     {args: []string{"--junit", filepath.Join(file, "x", "junit.xml")}, says: "--junit: make the folder of "},
		"report that is a file":  {args: []string{"--junit", filepath.Join(filepath.Dir(file), "a.xml"), "--html", filepath.Join(filepath.Dir(file), "a.xml")}, says: "is the file of --junit"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			target := planned(t)
			if one.from != "" {
				target = changed(t, one.from, one.to)
			}
			code, out := command(append([]string{"check", "--dry-run", "-f", target}, one.args...)...)
			g.Expect(code).To(Equal(ExitUsage), out)
			g.Expect(out).To(ContainSubstring(one.says))
		})
	}
	g := NewWithT(t)
	folder := filepath.Join(t.TempDir(), "new", "folder")
	code, out := command("check", "--dry-run", "-f", planned(t), "--out", folder)
	g.Expect(code).To(Equal(ExitOK), out)
	g.Expect(folder).NotTo(BeADirectory(), "it makes nothing")
}

func TestDryRunNamesWaiversThatAcceptNothing(t *testing.T) {
	g := NewWithT(t)
	waivers := filepath.Join(t.TempDir(), "waivers.yaml")
	waiver := func(cell string, days int) string {
		return "  - {cell: " + cell + ", verdict: never, reason: r, ticket: OPS-1, expires: " + time.Now().AddDate(0, 0, days).Format(time.DateOnly) + "}\n"
	}
	g.Expect(os.WriteFile(waivers, []byte("version: 1\nwaivers:\n"+waiver("edge/web/http.body/silent", 30)+waiver("edge/web/http.body/trickle", -30)+
		waiver("edge/web/tls.finished/silent", 30)), 0o644)).To(Succeed())
	code, out := command("check", "--dry-run", "-f", planned(t), "--waivers", waivers)
	g.Expect(code).To(Equal(ExitOK), out)
	g.Expect(out).To(And(ContainSubstring(":4 for never of edge/web/http.body/trickle (OPS-1) expired after "),
		ContainSubstring(":5 for never of edge/web/tls.finished/silent (OPS-1) names no cell: correct the address or remove it"),
		Not(ContainSubstring(":3 for"))))
	code, out = command("compare", "--dry-run", "-f", planned(t), "--candidate", "example/edge:2", "--waivers", waivers)
	g.Expect(code).To(Equal(ExitOK), out)
	g.Expect(out).To(And(ContainSubstring("names no cell"), Not(ContainSubstring(":3 for"))))
}

func TestTheBudgetCountsTheStarts(t *testing.T) {
	g := NewWithT(t)
	const short = "version: 1\nname: edge\nimage: example/edge:1\nlisteners: {web: {port: 8080, proto: http}}\ncap: 12s\nlimits: {\"*\": {max: 10s}}\n"
	holds, starts := filepath.Join(t.TempDir(), "holds.yaml"), filepath.Join(t.TempDir(), "starts.yaml")
	g.Expect(os.WriteFile(holds, []byte(short), 0o644)).To(Succeed())
	g.Expect(os.WriteFile(starts, []byte(short+"leftovers: {pid: 4242, cycles: 7}\n"), 0o644)).To(Succeed())
	without, with := estimated(t, holds), estimated(t, starts)
	g.Expect(with.AtMost).To(BeNumerically(">", without.AtMost+20*time.Second), "24 starts take a while")
	between := (without.AtMost + with.AtMost) / 2
	code, out := command("check", "-f", holds, "--dry-run", "--budget", between.String())
	g.Expect(code).To(Equal(ExitOK), out)
	code, out = command("check", "-f", starts, "--dry-run", "--budget", between.String())
	g.Expect(code).To(Equal(ExitUsage), out)
	g.Expect(out).To(ContainSubstring("is too short"))
}

func estimated(t *testing.T, file string) plan.Estimate {
	t.Helper()
	p, err := run.Load(run.Options{Files: []string{file}})
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return p.Estimate()
}
