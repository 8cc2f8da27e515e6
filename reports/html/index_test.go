package html

import (
	"bytes"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

func TestTheIndexShowsTheLatestRunOfEachTargetAndTheTrend(t *testing.T) {
	g := NewWithT(t)
	earlier, latest := every(t), every(t)
	earlier.UnixTime -= 86400
	for _, target := range earlier.Targets {
		if target.Name == "edge" {
			target.Tally.Statuses = map[record.Status]int{record.Passed: 15}
			target.Tally.Below = 0
		}
	}
	earlier.Problems = nil
	compared := record.Summary{Comparison: &record.Comparison{}}
	now := time.Date(2027, 1, 26, 12, 0, 0, 0, time.UTC)
	v := newIndex([]record.Summary{latest, compared, earlier}, nil, now)
	g.Expect(v.Runs).To(Equal(2), "a comparison is no run of a target")
	g.Expect(v.Rows).To(HaveLen(2), "no row for the canary")
	g.Expect(v.Rows[0].Name).To(Equal("edge"))
	g.Expect(v.Rows[0].Unix).To(Equal(latest.UnixTime))
	g.Expect([]string{v.Rows[0].Trend[0].Word, v.Rows[0].Trend[1].Word}).To(Equal([]string{"PASS", "FAIL"}), "the latest last, whatever the order of the logs")
	g.Expect(v.Waivers).To(HaveLen(1))
	g.Expect(v.Waivers[0].Days).To(Equal(5))
	var out bytes.Buffer
	g.Expect(WriteIndex(&out, []record.Summary{latest, earlier}, []string{"x.jsonl: <b>"}, now)).To(Succeed())
	g.Expect(out.String()).To(And(ContainSubstring("2 targets in 2 runs"), ContainSubstring("x.jsonl: &lt;b&gt;"), ContainSubstring(`<span class="word inconclusive">5</span>`)))
}

func TestARunWithAProblemIsGreenForNoTarget(t *testing.T) {
	g := NewWithT(t)
	target := &record.Target{Name: "edge", Tally: record.Tally{Planned: 1, Statuses: map[record.Status]int{record.Passed: 1}}}
	g.Expect(trendOf(record.Summary{}, target).Word).To(Equal("PASS"))
	g.Expect(trendOf(record.Summary{Head: record.Head{Problems: []string{"the log has no end"}}}, target).Word).To(Equal("INCONCLUSIVE"))
}
