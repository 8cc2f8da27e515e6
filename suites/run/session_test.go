package run

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// withoutEngine makes the run connect to a socket that does not exist.
func withoutEngine(t *testing.T) {
	t.Helper()
	t.Setenv("DOCKER_HOST", "unix://"+filepath.Join(t.TempDir(), "no.sock"))
}

func TestARunThatDoesNotBeginLeavesTheLogAndNoOldReport(t *testing.T) {
	g := NewWithT(t)
	withoutEngine(t)
	dir := t.TempDir()
	log, report := filepath.Join(dir, EventLog), filepath.Join(dir, "junit.xml")
	g.Expect(os.WriteFile(log, []byte("the last run's\n"), 0o644)).To(Succeed())
	g.Expect(os.WriteFile(report, []byte("green"), 0o644)).To(Succeed())
	s, err := Open(t.Context(), &plan.Plan{}, Options{Out: dir, Replaces: []string{report, filepath.Join(dir, "never-was.xml")}})
	g.Expect(err).To(MatchError(ContainSubstring("no.sock")))
	g.Expect(s.Close(err.Error())).To(Succeed())
	g.Expect(os.ReadFile(log)).To(BeEquivalentTo("the last run's\n"))
	g.Expect(report).NotTo(BeAnExistingFile())
}

func TestAFolderInUseIsLeftAlone(t *testing.T) {
	g := NewWithT(t)
	withoutEngine(t)
	dir := t.TempDir()
	report := filepath.Join(dir, "junit.xml")
	g.Expect(os.WriteFile(report, nil, 0o644)).To(Succeed())
	other, err := record.CreateLog(filepath.Join(dir, EventLog), "other", nil)
	g.Expect(err).NotTo(HaveOccurred())
	defer other.Close()
	s, err := Open(t.Context(), &plan.Plan{}, Options{Out: dir, Replaces: []string{report}})
	g.Expect(err).To(MatchError(record.ErrInUse))
	g.Expect(s).To(BeNil())
	g.Expect(report).To(BeAnExistingFile(), "it is the other run's")
}

// A fault at the end is in every report, and no result is lost.
func TestAnEndThatFailsIsInTheLog(t *testing.T) {
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), EventLog)
	log, err := record.CreateLog(path, "r", nil)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(log.Publish()).To(Succeed())
	fault, ended := errors.New("a network is left"), false
	s := &Session{Log: log, cleanups: []func() error{func() error { return fault }, func() error { ended = true; return nil }}}
	log.Write(record.Event{Kind: record.RunStarted, RunInfo: &record.RunInfo{}})
	g.Expect(s.Close("")).To(MatchError(fault))
	g.Expect(ended).To(BeTrue())
	events, err := record.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	summary := record.Summarise(events)
	g.Expect(summary.Notices).To(ConsistOf(ContainSubstring("a network is left")))
	g.Expect(summary.EndExit).To(Equal(record.ExitInconclusive))
	g.Expect(summary.Ended).To(BeTrue())
}

func TestATargetWhoseStartsAreNotTestedIsNamed(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	file := func(name, more string) string {
		path := filepath.Join(dir, name+".yaml")
		text := "version: 1\nname: " + name + "\nimage: x\nlisteners: {web: {port: 80, proto: http}}\nlimits: {\"*\": {max: 5s}}\n" + more
		g.Expect(os.WriteFile(path, []byte(text), 0o644)).To(Succeed())
		return path
	}
	bare, whole := file("bare", ""), file("whole", "leftovers: {pid: 4242, cycles: 2}\n")
	p, err := Load(Options{Files: []string{bare, whole}})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(p.Notices).To(ConsistOf(And(ContainSubstring("is not tested without leftovers: in its file"), HaveSuffix(": bare"))))
	p, err = Load(Options{Files: []string{bare, whole}, Only: "bare"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(p.Notices).To(BeEmpty())
	p, err = Load(Options{Files: []string{bare, file("b", ""), file("c", ""), file("d", ""), file("e", ""), file("f", ""), file("g", "")}})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(p.Notices).To(ConsistOf(HaveSuffix(": bare, b, c, d, e and 2 more")))
}
