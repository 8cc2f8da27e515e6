package terminal

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

func TestBatchesSayWhatTheRunTookBesideThem(t *testing.T) {
	g := NewWithT(t)
	ended := 30.0
	s := record.Summary{Head: record.Head{Wall: 100}, Ended: true, Batches: []record.BatchSummary{
		{Number: 1, Targets: 2, Holds: 8, Planned: 20, Longest: 20.1, Started: 10, Ended: &ended},
		{Number: 2, Targets: 1, Holds: 4, Planned: 12, Longest: 12, Started: 20, Ended: &ended},
	}}
	g.Expect(batches(s)).To(ContainElement("longest holds of all batches together: 32.1 s; from the first pod to the end of the run: 90.0 s"))
	s.Ended = false
	g.Expect(batches(s)).To(HaveLen(2), "nobody knows what it would have taken")
	s.Ended, s.Batches = true, s.Batches[:1]
	g.Expect(batches(s)).To(HaveLen(1), "its own line says it")
}
