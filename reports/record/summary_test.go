package record

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

func everyVerdict(t *testing.T) Summary {
	t.Helper()
	events, err := ReadFile("../testdata/every-verdict.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	return Summarise(events)
}

func TestSummaryOfEveryVerdict(t *testing.T) {
	g := NewWithT(t)
	s := everyVerdict(t)
	for _, verdict := range Verdicts() {
		g.Expect(s.Tally.Verdicts[verdict]).To(BeNumerically(">", 0), "the log has no %s", verdict)
	}
	g.Expect(s.Exit()).To(Equal(ExitFailed))
	g.Expect(s.Problems).To(BeEmpty())
	g.Expect(s.Tally.Planned).To(Equal(19))
	g.Expect(s.Tally.Judged).To(Equal(18))
	g.Expect(s.Tally.Reproduced).To(Equal(2))
	g.Expect(s.Tally.Waived).To(Equal(1))
	g.Expect(s.Tally.Canaries).To(Equal(1))
	var edge, vintage *Target
	for _, target := range s.Targets {
		switch target.Name {
		case "edge":
			edge = target
		case "vintage":
			vintage = target
		}
	}
	g.Expect(edge.Suites).To(HaveLen(1))
	first := edge.Suites[0].Cells[0]
	g.Expect(first.Address).To(Equal("edge/tls/tls.client-hello/silent"), "the plan's order")
	g.Expect(first.Holds).To(HaveLen(2))
	g.Expect(first.Holds[0].Lasted()).To(BeNumerically("~", 10.0, 1e-9))
	g.Expect(first.Holds[0].PID).To(Equal(33))
	g.Expect(vintage.Incarnations).To(HaveLen(2))
	g.Expect(vintage.Incarnations[0].Reused).To(BeFalse())
	g.Expect(vintage.Incarnations[1].Reused).To(BeTrue())
	g.Expect(*vintage.Incarnations[1].Ended).To(BeNumerically("~", 33.0, 1e-9))
	for _, cell := range edge.Cells() {
		if cell.Address == "edge/tls/tls.finished/silent" {
			g.Expect(cell.Holds).To(HaveLen(2), "a failed attempt is not forgotten")
			g.Expect(cell.Holds[0].Failed).To(ContainSubstring("refused"))
			g.Expect(cell.Holds[1].Attempt).To(Equal(2))
		}
	}
}

func TestWhatHappenedToNoTarget(t *testing.T) {
	g := NewWithT(t)
	s := Summarise(append(green(), Event{Run: "r", T: 5e9, Kind: ImageReady, Image: &Image{Ref: "base"}},
		Event{Run: "r", T: 5e9, Kind: Observed, Note: "the clock is steady"}))
	g.Expect(s.Exit()).To(Equal(ExitOK), strings.Join(s.Problems, "\n"))
	g.Expect(s.Itself.Images).To(ConsistOf(Image{Ref: "base"}))
	g.Expect(s.Targets).To(HaveLen(2))
	counted := Summarise(append(green(), Event{Run: "r", T: 5e9, Kind: CountsChecked, Counts: &Counts{Planned: 2}}))
	g.Expect(counted.Exit()).To(Equal(ExitInconclusive))
}

func TestObservationsAreForPeople(t *testing.T) {
	g := NewWithT(t)
	s := Summarise(append(green(), Event{Run: "r", T: 5e9, Kind: Observed, Target: "edge", Net: &Net{PassiveOpens: 3}},
		Event{Run: "r", T: 5e9, Kind: Observed, Target: "edge", Note: "workers", Error: "permission denied"}))
	g.Expect(s.Targets[0].Observations).To(HaveLen(1))
	g.Expect(s.Targets[0].Observations[0].Note).To(Equal("workers: permission denied"))
}
