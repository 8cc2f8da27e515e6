package run

import (
	"context"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
)

// shortOfMemory is a server of whose processes the kernel has killed one, or not.
type shortOfMemory struct {
	Server
	short bool
}

func (s shortOfMemory) OutOfMemory(context.Context) (bool, error) { return s.short, nil }

// TestAFailureForLackOfMemoryIsInconclusive: stalemate bounds the memory of a target, so the failure may be of its making.
func TestAFailureForLackOfMemoryIsInconclusive(t *testing.T) {
	g := NewWithT(t)
	one := &target.Target{Resources: target.Resources{Memory: 64 << 20}}
	failed := record.Judgement{Verdict: record.Crashed, Status: record.Failed, Severity: record.High, Message: "a process was killed"}
	passed := record.Judgement{Verdict: record.Fired, Status: record.Passed}
	g.Expect(WithinMemory(t.Context(), shortOfMemory{short: false}, one, failed)).To(Equal(failed))
	g.Expect(WithinMemory(t.Context(), shortOfMemory{short: true}, one, passed)).To(Equal(passed))
	g.Expect(WithinMemory(t.Context(), nil, one, failed)).To(Equal(failed), "a pod that was not started")
	j := WithinMemory(t.Context(), shortOfMemory{short: true}, one, failed)
	g.Expect(j).To(And(HaveField("Verdict", record.Inconclusive), HaveField("Status", record.Unknown), HaveField("Severity", BeEmpty())))
	g.Expect(j.Message).To(And(ContainSubstring("(64 MiB)"), ContainSubstring("raise resources.memory"), HaveSuffix("a process was killed")))
}
