package spec

import (
	"context"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

// TestAnotherProcessReadsTheJudgements: `ginkgo -p` has one process that carries out the plan, and several that assert.
func TestAnotherProcessReadsTheJudgements(t *testing.T) {
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "events.jsonl")
	log, err := record.CreateLog(path, "r", nil)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(log.Publish()).To(Succeed())
	log.Write(record.Event{Kind: record.RunStarted, RunInfo: &record.RunInfo{}})
	results := follow(t.Context(), path)
	got := make(chan record.Judgement, 1)
	go func() {
		j, err := results.Result(t.Context(), "a/b/c/silent")
		g.Expect(err).NotTo(HaveOccurred())
		got <- j
	}()
	g.Consistently(got, "150ms").ShouldNot(Receive(), "it is not judged yet")
	log.Write(record.Event{Kind: record.CellJudged, Cell: "a/b/c/silent", Verdict: &record.Judgement{Verdict: record.Late, Status: record.Failed}})
	g.Eventually(got, "5s").Should(Receive(HaveField("Verdict", record.Late)))

	brief, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = results.Result(brief, "a/b/d/silent")
	g.Expect(err).To(MatchError(context.Canceled))
	log.Write(record.Event{Kind: record.RunEnded, RunInfo: &record.RunInfo{}})
	_, err = results.Result(t.Context(), "a/b/d/silent")
	g.Expect(err).To(MatchError(errEnded))
	g.Expect(log.Close()).To(Succeed())
}

func TestALogThatCannotBeReadEndsTheWait(t *testing.T) {
	g := NewWithT(t)
	_, err := follow(t.Context(), filepath.Join(t.TempDir(), "none")).Result(t.Context(), "a/b/c/silent")
	g.Expect(err).To(MatchError(ContainSubstring("read the run's log")))
}
