package upgrade

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

func TestAFilterNarrowsTheComparisonsBeforeAnythingStarts(t *testing.T) {
	g := NewWithT(t)
	s, err := Load(nil, Pair{Baseline: "digest/stock-posix", Candidate: "digest/unfixed-posix", Only: "*/startup/same-pid|*/startup/other-pid", Repeats: 2},
		Pair{Baseline: "nginx", Candidate: "nginx", Repeats: 2})
	g.Expect(err).NotTo(HaveOccurred())
	const left = "digest-unfixed-posix/startup/same-pid"
	g.Expect(s.Cells()).To(ContainElements(HaveField("Address", left), HaveField("Address", "nginx/web/http.body/silent")))
	s.left = map[string]bool{left: true}
	g.Expect(s.narrow()).To(Succeed())
	g.Expect(s.Cells()).To(ConsistOf(HaveField("Address", left)))
	g.Expect(s.runs).To(HaveLen(1), "nothing of the other comparison starts")
	sides := map[record.Side]int{}
	for _, c := range s.runs[0].upgrade.First.Cells {
		sides[c.Plan.Side]++
	}
	g.Expect(sides).To(And(HaveKeyWithValue(record.Baseline, 2), HaveKeyWithValue(record.Candidate, 2), HaveKey(record.Side(""))), "two repeats of both builds, and the canaries")
}
