package commands

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

// comparisonLog is the log of a comparison in which the candidate regressed. Outcomes are in it where it gets some.
func comparisonLog(t *testing.T, outcomes ...record.Event) string {
	t.Helper()
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "events.jsonl")
	log, err := record.CreateLog(path, "r", nil)
	g.Expect(err).NotTo(HaveOccurred())
	log.Write(record.Event{Kind: record.RunStarted, RunInfo: &record.RunInfo{FailOn: record.High}})
	lasted := 3.0
	for side, j := range map[record.Side]record.Judgement{
		record.Baseline:  {Verdict: record.Fired, Status: record.Passed, Holds: []record.HoldResult{{Released: &lasted, By: record.ByFIN}}},
		record.Candidate: {Verdict: record.Never, Status: record.Failed, Severity: record.High, Holds: []record.HoldResult{{By: record.ByNothing, WorkerKept: true}}},
	} {
		target := "edge." + string(side) + "-1"
		cell := target + "/web/http.body/silent"
		log.Write(record.Event{Kind: record.CellPlanned, Target: target, Cell: cell, Plan: &record.Plan{Suite: "timeouts", Side: side, Repeat: 1, Expect: record.Fired, Cap: 9}})
		log.Write(record.Event{Kind: record.CellJudged, Target: target, Cell: cell, Verdict: &j})
	}
	for _, e := range outcomes {
		log.Write(e)
	}
	log.Write(record.Event{Kind: record.RunEnded, RunInfo: &record.RunInfo{}})
	g.Expect(log.Publish()).To(Succeed())
	g.Expect(log.Close()).To(Succeed())
	return path
}

func TestAComparisonOfAnEarlierVersionIsJudgedBeforeItIsDrawn(t *testing.T) {
	g := NewWithT(t)
	code, out := report(comparisonLog(t))
	g.Expect(code).To(Equal(ExitFailed), out)
	g.Expect(out).To(And(HaveSuffix("\nFAIL  1 regressed   exit 1\n"), ContainSubstring("1 REGRESSED"), ContainSubstring("candidate  open at 9s (1 of 1)")))
}

func TestTheOutcomesOfALogAreDrawnAsTheyStand(t *testing.T) {
	g := NewWithT(t)
	path := comparisonLog(t, record.Event{Kind: record.CellCompared, Compared: &record.Compared{Cell: "web/http.body/silent", Outcome: record.OutcomeWaived, Severity: record.High,
		Candidate: record.Measurements{Text: "as the run judged it"}}})
	before, err := os.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	code, out := report(path)
	g.Expect(code).To(Equal(ExitOK), out)
	g.Expect(out).To(And(HaveSuffix("\nPASS  1 waived   exit 0\n"), ContainSubstring("1 waived"), ContainSubstring("candidate  as the run judged it")))
	g.Expect(os.ReadFile(path)).To(Equal(before), "a report changes no log")
}
