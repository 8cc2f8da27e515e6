package matchers

import (
	"fmt"
	"strings"

	"github.com/onsi/gomega/types"

	"stalemate/suites/verdict"
)

// EndAsPlanned succeeds when the cell's holds ended as its target file says: the limit fired on time, on both sides; or
// nothing ended them where the file declares that; or a known-bad server held them and its control did not.
// Actual is a verdict.Measured.
func EndAsPlanned() types.GomegaMatcher { return asPlanned{"holds to end as planned"} }

// ServeAsPlanned succeeds when the server served after its holds as before. Actual is a verdict.Measured.
func ServeAsPlanned() types.GomegaMatcher {
	return asPlanned{"the server to serve after its holds as before"}
}

// RecoverAsPlanned succeeds when the server served again after a wave within the time that its file gives.
// Actual is a verdict.Measured.
func RecoverAsPlanned() types.GomegaMatcher { return asPlanned{"the server to recover as planned"} }

// StartAsPlanned succeeds when each start of the scenario came out as its target file says. Actual is a verdict.Measured.
func StartAsPlanned() types.GomegaMatcher { return asPlanned{"the server to start as planned"} }

// asPlanned asks suites/verdict whether a cell was judged as it was planned.
type asPlanned struct{ what string }

// Match says whether the judgement is what the plan expects.
func (asPlanned) Match(actual any) (bool, error) {
	m, ok := actual.(verdict.Measured)
	if !ok {
		return false, fmt.Errorf("a verdict.Measured is wanted, not a %T", actual)
	}
	return verdict.Met(m), nil
}

// FailureMessage says what was measured and what was expected.
func (a asPlanned) FailureMessage(actual any) string { return a.message(actual, "") }

// NegatedFailureMessage is the same of a cell that should not have been as planned.
func (a asPlanned) NegatedFailureMessage(actual any) string { return a.message(actual, "not ") }

func (a asPlanned) message(actual any, not string) string {
	m, ok := actual.(verdict.Measured)
	if !ok {
		return fmt.Sprintf("a verdict.Measured is wanted, not a %T", actual)
	}
	lines := []string{fmt.Sprintf("%s: expected %s%s", m.Address, not, a.what), m.Message}
	if m.Plan.Directive != "" && !strings.Contains(m.Message, m.Plan.Directive) {
		lines = append(lines, "directive: "+m.Plan.Directive)
	}
	return strings.Join(append(lines, m.Evidence...), "\n")
}
