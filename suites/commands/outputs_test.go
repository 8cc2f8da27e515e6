package commands

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports"
	"stalemate/reports/record"
	"stalemate/suites/run"
)

// withoutEngine makes the engine a socket that is not there.
func withoutEngine(t *testing.T) {
	t.Helper()
	t.Setenv("DOCKER_HOST", "unix://"+filepath.Join(t.TempDir(), "no.sock"))
}

// left writes a file as an earlier run has left it.
func left(t *testing.T, path string) string {
	t.Helper()
	NewWithT(t).Expect(os.WriteFile(path, []byte("earlier\n"), 0o644)).To(Succeed())
	return path
}

func TestAFailedCheckStaysOne(t *testing.T) {
	g := NewWithT(t)
	fault := errors.New("a network is left")
	code := func(err error) int {
		var status *Status
		if errors.As(err, &status) {
			return status.Code
		}
		g.Expect(err).NotTo(HaveOccurred())
		return ExitOK
	}
	g.Expect(code(concluded(ExitFailed, nil, fault))).To(Equal(ExitFailed))
	g.Expect(concluded(ExitFailed, nil, fault)).To(MatchError(fault), "and what went wrong is said")
	g.Expect(code(concluded(ExitOK, fault))).To(Equal(ExitInconclusive))
	g.Expect(code(concluded(ExitInconclusive, nil))).To(Equal(ExitInconclusive))
	g.Expect(concluded(ExitOK, nil, nil)).To(Succeed())

	// The end of the run fails, and one report too: the others are drawn nevertheless.
	dir := t.TempDir()
	blocked := filepath.Join(left(t, filepath.Join(dir, "file")), "report.html")
	o := reports.Options{JUnit: filepath.Join(dir, "junit.xml"), HTML: blocked}
	var out bytes.Buffer
	o.Terminal = &out
	err := drawReports(everyVerdict, o, fault)
	g.Expect(code(err)).To(Equal(ExitFailed))
	g.Expect(err).To(MatchError(And(ContainSubstring("end the run: a network is left"), ContainSubstring("report.html"))))
	g.Expect(out.String()).To(ContainSubstring("FAIL  19 cells"))
	g.Expect(o.JUnit).To(BeARegularFile())
}

func TestAnEndThatFailsIsNeverGreen(t *testing.T) {
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), run.EventLog)
	log, err := record.CreateLog(path, "r", nil)
	g.Expect(err).NotTo(HaveOccurred())
	for _, e := range []record.Event{
		{Kind: record.RunStarted, RunInfo: &record.RunInfo{}},
		{Kind: record.CellPlanned, Target: "edge", Cell: "edge/web/http.body/silent", Plan: &record.Plan{Suite: "timeouts", Expect: record.Fired}},
		{Kind: record.CellJudged, Target: "edge", Cell: "edge/web/http.body/silent", Verdict: &record.Judgement{Verdict: record.Fired, Status: record.Passed}},
		{Kind: record.RunEnded, RunInfo: &record.RunInfo{}},
	} {
		g.Expect(log.Write(e)).To(Succeed())
	}
	g.Expect(errors.Join(log.Publish(), log.Close())).To(Succeed())
	var out bytes.Buffer
	g.Expect(drawReports(path, reports.Options{Terminal: &out}, nil)).To(Succeed())
	g.Expect(out.String()).To(ContainSubstring("PASS  1 cell"))
	g.Expect(drawReports(path, reports.Options{Terminal: &out}, errors.New("x"))).To(HaveField("Code", ExitInconclusive))
}

func TestARunThatDoesNotBeginLeavesNoOldReport(t *testing.T) {
	for name, args := range map[string][]string{
		"check":   {"check"},
		"compare": {"compare", "--candidate", "example/edge:2"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			withoutEngine(t)
			dir := t.TempDir()
			log, report := left(t, filepath.Join(dir, run.EventLog)), left(t, filepath.Join(dir, "junit.xml"))
			code, out := command(append(args, "-f", planned(t), "--out", dir, "--junit", report)...)
			g.Expect(code).To(Equal(ExitInconclusive), out)
			g.Expect(out).To(ContainSubstring("nothing was tested"))
			g.Expect(report).NotTo(BeAnExistingFile(), "nobody may take it for this run's")
			g.Expect(os.ReadFile(log)).To(BeEquivalentTo("earlier\n"))
		})
	}
}

func TestABaselineLogOutlivesAStartThatFails(t *testing.T) {
	g := NewWithT(t)
	withoutEngine(t)
	dir := t.TempDir()
	text, err := os.ReadFile(everyVerdict)
	g.Expect(err).NotTo(HaveOccurred())
	log := filepath.Join(dir, run.EventLog)
	g.Expect(os.WriteFile(log, text, 0o644)).To(Succeed())
	file := planned(t)
	code, out := command("compare", "-f", file, "--out", dir, "--baseline-log", log, "--candidate", "typo:1")
	g.Expect(code).To(Equal(ExitInconclusive), out)
	g.Expect(os.ReadFile(log)).To(Equal(text))
	code, out = command("compare", "-f", file, "--out", dir, "--baseline-log", log, "--candidate", "typo:1", "--json", log)
	g.Expect(code).To(Equal(ExitUsage), out)
	g.Expect(os.ReadFile(log)).To(Equal(text))
}

func TestTwoRunsDoNotShareAFolder(t *testing.T) {
	g := NewWithT(t)
	withoutEngine(t)
	dir := t.TempDir()
	other, err := record.CreateLog(filepath.Join(dir, run.EventLog), "other", nil)
	g.Expect(err).NotTo(HaveOccurred())
	defer other.Close()
	report := left(t, filepath.Join(dir, "junit.xml"))
	code, out := command("check", "-f", planned(t), "--out", dir, "--junit", report)
	g.Expect(code).To(Equal(ExitUsage), out)
	g.Expect(out).To(And(ContainSubstring("another run writes its event log there"), ContainSubstring("--out")))
	g.Expect(report).To(BeARegularFile(), "it is the other run's")
	code, out = command("learn", "server:1", "--out", dir)
	g.Expect(code).To(Equal(ExitUsage), out)
	g.Expect(out).To(ContainSubstring("another run writes its event log there"))
}

func TestReportsAreRefusedThatCannotBeWritten(t *testing.T) {
	withoutEngine(t)
	dir, file := t.TempDir(), planned(t)
	log := left(t, filepath.Join(dir, run.EventLog))
	blocked := left(t, filepath.Join(dir, "file"))
	linked := filepath.Join(dir, "linked.xml")
	g := NewWithT(t)
	g.Expect(os.Symlink(log, linked)).To(Succeed())
	g.Expect(os.Symlink(dir, filepath.Join(dir, "self"))).To(Succeed())
	policy := filepath.Join(dir, "policy.yaml")
	g.Expect(os.WriteFile(policy, []byte("version: 1\nlimits: {\"*\": {max: 90s}}\n"), 0o644)).To(Succeed())
	for says, args := range map[string][]string{
		"is the event log of this run":     {"--json", log},
		"self is a symbolic link: give":    {"--json", filepath.Join(dir, "self", run.EventLog)},
		"is the file of --junit":           {"--junit", filepath.Join(dir, "a"), "--html", dir + "/./a"},
		"is a target file of this run":     {"--junit", file},
		"is the policy":                    {"--policy", policy, "--html", policy},
		"make the folder of":               {"--junit", filepath.Join(blocked, "x.xml")},
		"the folder of /proc/x.xml":        {"--junit", "/proc/x.xml"},
		"self exists and is not a regular": {"--html", filepath.Join(dir, "self")},
		"linked.xml exists and is not":     {"--junit", linked},
	} {
		code, out := command(append([]string{"check", "-f", file, "--out", dir}, args...)...)
		g.Expect(code).To(Equal(ExitUsage), says+": "+out)
		g.Expect(out).To(ContainSubstring(says))
	}
	code, out := command("check", "-f", file, "--out", filepath.Join(dir, "self"))
	g.Expect(code).To(Equal(ExitUsage), out)
	g.Expect(out).To(ContainSubstring("--out: " + filepath.Join(dir, "self") + " is a symbolic link"))
	idle := filepath.Join(dir, "idle.yaml")
	g.Expect(os.WriteFile(idle, []byte("version: 1\nname: idle\nimage: x\nlisteners: {web: {port: 80, proto: http}}\nleftovers: {thorough: \"*\"}\n"), 0o644)).To(Succeed())
	code, out = command("check", "-f", file, "-f", idle, "--out", dir, "--junit", idle)
	g.Expect(code).To(Equal(ExitUsage), "nothing of that file is in the plan, and it is read all the same: "+out)
	g.Expect(out).To(ContainSubstring("is a target file of this run"))
	code, out = command("check", "-f", file, "--out", filepath.Join(blocked, "out"))
	g.Expect(code).To(Equal(ExitUsage))
	g.Expect(out).To(ContainSubstring("--out: "))
	g.Expect(file).To(BeARegularFile())
	g.Expect(os.ReadFile(log)).To(BeEquivalentTo("earlier\n"))
}

func TestReportIsNotDrawnOverItsLog(t *testing.T) {
	g := NewWithT(t)
	text, err := os.ReadFile(everyVerdict)
	g.Expect(err).NotTo(HaveOccurred())
	log := filepath.Join(t.TempDir(), "l.jsonl")
	g.Expect(os.WriteFile(log, text, 0o644)).To(Succeed())
	code, out := report(log, "--json", log)
	g.Expect(code).To(Equal(ExitUsage))
	g.Expect(out).To(ContainSubstring("is the event log"))
	g.Expect(os.ReadFile(log)).To(Equal(text))
	code, out = report(log, "--junit", "/proc/x.xml")
	g.Expect(code).To(Equal(ExitUsage))
	g.Expect(out).To(ContainSubstring("/proc/x.xml"))
	g.Expect(out).NotTo(ContainSubstring("FAIL"), "a refusal is no report")
}

func TestTheCommandLineCanBePasted(t *testing.T) {
	g := NewWithT(t)
	g.Expect(commandLine([]string{"check", "-f", "my file.yaml", "--only", "", "--registry", ""})).
		To(Equal(`stalemate check -f 'my file.yaml' --only '' --registry ''`))
}

func TestAFileWithoutItsFlagIsNamed(t *testing.T) {
	g := NewWithT(t)
	for _, name := range []string{"check", "list", "render"} {
		code, out := command(name, "-f", planned(t), "b.yaml")
		g.Expect(code).To(Equal(ExitUsage))
		g.Expect(out).To(ContainSubstring("b.yaml has no -f before it: type -f before each file, as in -f b.yaml"))
	}
	code, out := command("check", "-f", planned(t), "wrong")
	g.Expect(code).To(Equal(ExitUsage))
	g.Expect(out).To(ContainSubstring(`unknown command "wrong"`))
}

func TestHelpNamesEachCommandOnce(t *testing.T) {
	g := NewWithT(t)
	seen := map[string]bool{}
	for _, c := range Root().Commands() {
		g.Expect(seen).NotTo(HaveKey(c.Name()))
		seen[c.Name()] = true
	}
}
