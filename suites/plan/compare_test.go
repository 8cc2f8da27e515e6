package plan_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

func comparison(t *testing.T, text string) plan.Comparison {
	t.Helper()
	canaries, err := target.Canaries()
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return plan.Comparison{Baseline: loaded(t, text), Candidate: loaded(t, strings.Replace(text, "name: edge", "name: newer", 1)),
		Canaries: canaries, From: 1, Repeats: 5}
}

func TestEachRepeatHasPodsOfItsOwnBesideTheOtherSides(t *testing.T) {
	g := NewWithT(t)
	p, err := comparison(t, strings.Replace(file, "capacity: 40", "capacity: 20", 1)+limits).Make()
	g.Expect(err).NotTo(HaveOccurred())
	seen := map[string]bool{}
	sides := map[record.Side]int{}
	for _, c := range p.Cells {
		g.Expect(seen).NotTo(HaveKey(c.Address))
		seen[c.Address] = true
		if c.Plan.Canary {
			continue
		}
		sides[c.Plan.Side]++
		g.Expect(c.Target.Repeat).To(Equal(1), "repeats are pods")
		g.Expect(c.Plan.Holds).To(Equal(1))
		g.Expect(c.Address).To(HavePrefix(c.Target.Name + "/"))
	}
	g.Expect(sides[record.Baseline]).To(Equal(sides[record.Candidate]))
	g.Expect(seen).To(And(HaveKey("edge.baseline-5/web/http.headers/silent"), HaveKey("newer.candidate-1/web/http.headers/silent")))
	units := 0
	for _, w := range p.Batches {
		g.Expect(len(w.Units)).To(BeNumerically("<=", 16))
		balance := 0
		for _, u := range w.Units {
			units++
			if u.Target.Canary == "" {
				balance += map[record.Side]int{record.Baseline: 1, record.Candidate: -1}[u.Cells[0].Plan.Side]
			}
		}
		g.Expect(balance).To(BeZero(), "what disturbs one side disturbs the other")
	}
	g.Expect(len(p.Batches)).To(BeNumerically(">", 1))
	g.Expect(units).To(BeNumerically(">", 16))
}

func TestAComparisonOfSomeCells(t *testing.T) {
	g := NewWithT(t)
	c := comparison(t, file+limits)
	c.Canaries, c.Baseline, c.From, c.Repeats = nil, nil, 6, 2
	c.Among = func(name string) bool { return name == "web/http.keep-alive/silent" }
	p, err := c.Make()
	g.Expect(err).NotTo(HaveOccurred())
	var addresses []string
	for _, cell := range p.Cells {
		addresses = append(addresses, cell.Address)
	}
	g.Expect(addresses).To(Equal([]string{"newer.candidate-6/web/http.keep-alive/silent", "newer.candidate-7/web/http.keep-alive/silent"}))
	c.Among, c.Only = nil, "nothing"
	_, err = c.Make()
	g.Expect(err).To(MatchError(ContainSubstring(`--only "nothing" matches no cell`)))
}

func TestWhatIsHeldOnceMoreHasNumbersOfItsOwn(t *testing.T) {
	g := NewWithT(t)
	c := comparison(t, file+limits)
	first, err := c.Make()
	g.Expect(err).NotTo(HaveOccurred())
	again, err := c.Again(nil).Make()
	g.Expect(err).NotTo(HaveOccurred())
	canaries := 0
	for _, cell := range first.Cells {
		if cell.Plan.Canary {
			canaries++
		}
	}
	g.Expect(again.Cells).To(HaveLen(len(first.Cells)-canaries), "as many pods, and no canary")
	for _, cell := range again.Cells {
		g.Expect(cell.Plan.Repeat).To(And(BeNumerically(">", 5), BeNumerically("<=", 10)))
	}
}

func TestTheSameFaultOfBothSidesIsToldOnce(t *testing.T) {
	g := NewWithT(t)
	c := comparison(t, file+limits)
	c.Candidate, c.Only = c.Baseline, "nothing"
	_, err := c.Make()
	g.Expect(err).To(MatchError(HavePrefix(`--only "nothing" matches no cell`)))
	g.Expect(strings.Count(err.Error(), "matches no cell")).To(Equal(1))
}

const wave = "exhaustion: {plain: web, connections: 1, recovers: 6s}\n"

func TestAWaveIsLeftOutAndThatIsSaid(t *testing.T) {
	g := NewWithT(t)
	c := comparison(t, file+limits+wave)
	p, err := c.Make()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(p.Notices).To(Equal([]string{
		"edge/exhaustion/silent-wave is not compared: `stalemate check` runs it",
		"newer/exhaustion/silent-wave is not compared: `stalemate check` runs it"}))
	for _, cell := range p.Cells {
		g.Expect(cell.Address).NotTo(ContainSubstring("exhaustion"))
	}
	g.Expect(p.Chosen("edge/web/http.headers/silent")).To(BeTrue())
	g.Expect(p.Chosen("edge/exhaustion/silent-wave")).To(BeFalse(), "of a saved log it is no cell to compare either")

	c.Baseline = c.Candidate
	p, err = c.Make()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(p.Notices).To(HaveLen(1), "one file, one notice")
	c.Only = "*/http.headers"
	p, err = c.Make()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(p.Notices).To(BeEmpty(), "it was not asked for")
}

func TestPlainAddresses(t *testing.T) {
	g := NewWithT(t)
	for address, plain := range map[string]string{
		"edge.candidate-3/web/http.body/silent": "edge/web/http.body/silent",
		"edge.baseline-3/web/http.body/silent":  "edge.baseline-3/web/http.body/silent", // a waiver is not the baseline's
		"edge/web/http.body/silent":             "edge/web/http.body/silent",
		"edge.candidate-x/web/http.body/silent": "edge.candidate-x/web/http.body/silent",
	} {
		g.Expect(plan.AddressInFile(address)).To(Equal(plain))
	}
}

func TestStartsAreComparedToo(t *testing.T) {
	g := NewWithT(t)
	p, err := comparison(t, file+limits+"leftovers: {pid: 4242, cycles: 2}\n").Make()
	g.Expect(err).NotTo(HaveOccurred())
	found := map[string]int{}
	for _, u := range p.Starts {
		for _, c := range u.Cells {
			g.Expect(c.Plan.Controls).To(BeEmpty(), "the other build is the control")
			g.Expect(c.Target).To(BeIdenticalTo(u.Target))
			found[string(c.Plan.Side)+" "+c.Plan.Scenario]++
		}
	}
	g.Expect(found).To(HaveLen(6))
	g.Expect(found).To(HaveKeyWithValue("candidate "+target.SamePID, 5))
	for _, w := range p.Batches {
		for _, u := range w.Units {
			for _, c := range u.Cells {
				g.Expect(c.Scenario).To(BeNil(), "starts are no holds")
			}
		}
	}
}
