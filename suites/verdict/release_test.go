package verdict_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

const second = int64(1e9)

// anEnd is a hold that was proven after a quarter of a second.
func anEnd(after, freed, watched int64) verdict.Hold {
	h := verdict.Hold{HoldState: record.HoldState{Connected: 100 * second, Parked: 100*second + 1, Proven: 100*second + second/4, PID: 7}}
	if after != 0 {
		h.Released, h.By = 100*second+after, record.ByFIN
	}
	if freed != 0 {
		h.WorkerFreed = 100*second + freed
	}
	h.Watched = 100*second + watched
	return h
}

func TestAReleaseIsJudgedWithoutItsWorker(t *testing.T) {
	g := NewWithT(t)
	limit := record.Limit{Kind: record.Max, Seconds: 4, By: "Timeout"}
	j := verdict.Release("tls.client-hello", limit, anEnd(2*second, 0, 2*second))
	g.Expect(j.Verdict).To(Equal(record.Fired), "nobody has watched the worker yet")
	g.Expect(j.Message).To(Equal("fired: measured 2.00 s by fin; expected at most 4 s, +0 s (Timeout)"))
	g.Expect(verdict.Release("tls.client-hello", limit, anEnd(5*second, 5*second, 6*second)).Verdict).To(Equal(record.Late))
	never := verdict.Release("tls.client-hello", limit, anEnd(0, 0, 6*second))
	g.Expect(never.Verdict).To(Equal(record.Never))
	g.Expect(never.Message).To(ContainSubstring("still open after 6.00 s"))
	g.Expect(verdict.Release("tls.client-hello", limit, verdict.Hold{}).Verdict).To(Equal(record.Inconclusive))

	limit.Kind = record.AtLeast
	g.Expect(verdict.Release("tls.client-hello", limit, anEnd(0, 0, 6*second)).Verdict).To(Equal(record.AsDeclared))
	g.Expect(verdict.Release("tls.client-hello", limit, anEnd(5*second, 0, 6*second)).Verdict).To(Equal(record.AsDeclared))
	g.Expect(verdict.Release("tls.client-hello", limit, anEnd(2*second, 0, 6*second)).Verdict).To(Equal(record.Early))
}

func TestAWorkerIsJudgedAfterTheRelease(t *testing.T) {
	g := NewWithT(t)
	limit := record.Limit{Worker: 2, By: "Timeout"}
	judge := func(h verdict.Hold) record.Judgement { return verdict.Worker("http.headers", limit, h) }
	j := judge(anEnd(2*second, 3*second, 3*second))
	g.Expect(j.Verdict).To(Equal(record.Fired))
	g.Expect(j.Message).To(Equal("fired: measured: the worker was freed 1.00 s after the release; expected within 2 s (Timeout)"))
	g.Expect(judge(anEnd(2*second, 5*second, 5*second)).Verdict).To(Equal(record.LateWorker))
	kept := judge(anEnd(2*second, 0, 5*second))
	g.Expect(kept.Verdict).To(Equal(record.LateWorker))
	g.Expect(kept.Message).To(ContainSubstring("PID 7"))
	short := judge(anEnd(2*second, 0, 3*second))
	g.Expect(short.Verdict).To(Equal(record.Inconclusive), "not watched for long enough")
	g.Expect(short.Message).To(ContainSubstring("for only 1.00 s after the release; 2 s are needed"))
	g.Expect(judge(anEnd(0, 0, 9*second)).Message).To(ContainSubstring("has not released"))
}

func TestAProofIsMissingForAReason(t *testing.T) {
	g := NewWithT(t)
	g.Expect(verdict.Proof(anEnd(0, 0, second))).To(BeEmpty())
	unread := anEnd(0, 0, second)
	unread.Proven = 0
	g.Expect(verdict.Proof(unread)).To(ContainSubstring("no proof"))
	late := anEnd(second/8, 0, second)
	g.Expect(verdict.Proof(late)).To(ContainSubstring("proven only"))
	g.Expect(verdict.Proof(verdict.Hold{HoldState: record.HoldState{NotApplicable: "no h2"}})).To(Equal("no h2"))
	g.Expect(verdict.Proof(verdict.Hold{HoldState: record.HoldState{Failed: "refused"}})).To(Equal("refused"))
}
