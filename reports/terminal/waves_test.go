package terminal

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

func TestWavesSayWhatTheRunTookBesideThem(t *testing.T) {
	g := NewWithT(t)
	ended := 30.0
	s := record.Summary{Ended: true, Wall: 100, Waves: []record.WaveSummary{
		{Number: 1, Targets: 2, Holds: 8, Planned: 20, Longest: 20.1, Started: 10, Ended: &ended},
		{Number: 2, Targets: 1, Holds: 4, Planned: 12, Longest: 12, Started: 20, Ended: &ended},
	}}
	g.Expect(waves(s)).To(ContainElement("the longest holds of all last 32.1 s together; from the first pod to the end of the run it was 90.0 s"))
	s.Ended = false
	g.Expect(waves(s)).To(HaveLen(2), "nobody knows what it would have taken")
	s.Ended, s.Waves = true, s.Waves[:1]
	g.Expect(waves(s)).To(HaveLen(1), "its own line says it")
}
