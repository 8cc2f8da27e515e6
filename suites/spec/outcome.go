package spec

import (
	"fmt"

	"github.com/onsi/ginkgo/v2/types"

	"stalemate/reports/record"
)

// Outcome writes Ginkgo's results into the run's log: how the spec of each cell ended, and how the suite ended. left says whether
// the filters leave a cell.
func Outcome(log *record.Log, suite string, cells []string, left func(address string) bool, report types.Report) {
	states := map[string]record.SpecState{}
	var failures []string
	for _, s := range report.SpecReports {
		switch {
		case s.LeafNodeType == types.NodeTypeIt:
			states[s.LeafNodeText] = record.SpecState(s.State.String())
		case s.State.Is(types.SpecStateFailureStates):
			failures = append(failures, fmt.Sprintf("%s: %s", s.LeafNodeType, s.Failure.Message))
		}
	}
	for _, address := range cells {
		state, ran := states[address]
		switch {
		case !left(address):
			state = record.SpecFiltered
		case !ran:
			continue // the log's summary says that nothing asserted it
		}
		log.Write(record.Event{Kind: record.SpecEnded, Cell: address, Spec: &record.Spec{Suite: suite, State: state}})
	}
	log.Write(record.Event{Kind: record.SpecsEnded, Spec: &record.Spec{Suite: suite, Succeeded: report.SuiteSucceeded,
		Failures: append(failures, report.SpecialSuiteFailureReasons...)}})
}
