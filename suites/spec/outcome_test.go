package spec

import (
	"bytes"
	"testing"

	"github.com/onsi/ginkgo/v2/types"
	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

func TestWhatGinkgoSaysGoesIntoTheLog(t *testing.T) {
	g := NewWithT(t)
	var out bytes.Buffer
	it := func(address string, state types.SpecState) types.SpecReport {
		return types.SpecReport{LeafNodeType: types.NodeTypeIt, LeafNodeText: address, State: state}
	}
	report := types.Report{SuiteSucceeded: false, SpecialSuiteFailureReasons: []string{"Interrupted by User"}, SpecReports: types.SpecReports{
		{LeafNodeType: types.NodeTypeBeforeSuite, State: types.SpecStateFailed, Failure: types.Failure{Message: "no engine"}},
		it("a", types.SpecStatePassed), it("b", types.SpecStateFailed), it("c", types.SpecStateSkipped), it("d", types.SpecStateSkipped),
		it("a story, which is no cell", types.SpecStateFailed),
	}}
	left := func(address string) bool { return address != "d" }
	Outcome(record.NewLog(&out, "r", nil), "timeouts", []string{"a", "b", "c", "d", "e"}, left, report)
	events, err := record.Read(&out)
	g.Expect(err).NotTo(HaveOccurred())
	states := map[string]record.SpecState{}
	for _, e := range events[:len(events)-1] {
		g.Expect(e.Kind).To(Equal(record.SpecEnded))
		states[e.Cell] = e.Spec.State
	}
	g.Expect(states).To(Equal(map[string]record.SpecState{"a": record.SpecPassed, "b": record.SpecFailed, "c": record.SpecSkipped, "d": record.SpecFiltered}),
		"nothing is said of e, whose spec did not run")
	g.Expect(events[len(events)-1].Spec).To(Equal(&record.Spec{Suite: "timeouts", Failures: []string{"BeforeSuite: no engine", "Interrupted by User"}}))
}
