package matchers

import (
	"fmt"
	"strings"

	"github.com/onsi/gomega/types"

	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

// NotRegress succeeds when a cell did not get worse from the baseline to the candidate, by the severity that counts or more.
// An inconclusive comparison is no success. Actual is a record.Compared.
func NotRegress() types.GomegaMatcher {
	return comparison{what: "the candidate not to be worse than the baseline", holds: verdict.NotWorse}
}

// HaveOutcome succeeds when the comparison of a cell came out so. Actual is a record.Compared.
func HaveOutcome(outcome record.Outcome) types.GomegaMatcher {
	return comparison{what: fmt.Sprintf("the outcome to be %q", outcome),
		holds: func(c record.Compared) bool { return c.Outcome == outcome }}
}

// comparison asks whether a compared cell is as it is wanted.
type comparison struct {
	what  string
	holds func(record.Compared) bool
}

// Match says whether the cell is as it is wanted.
func (c comparison) Match(actual any) (bool, error) {
	compared, ok := actual.(record.Compared)
	if !ok {
		return false, fmt.Errorf("a record.Compared is wanted, not a %T", actual)
	}
	return c.holds(compared), nil
}

// FailureMessage says what both builds showed.
func (c comparison) FailureMessage(actual any) string { return c.message(actual, "") }

// NegatedFailureMessage is the same of a cell that should have been otherwise.
func (c comparison) NegatedFailureMessage(actual any) string { return c.message(actual, "not ") }

func (c comparison) message(actual any, not string) string {
	compared, ok := actual.(record.Compared)
	if !ok {
		return fmt.Sprintf("a record.Compared is wanted, not a %T", actual)
	}
	lines := []string{fmt.Sprintf("%s: expected %s%s; it is %s", compared.Cell, not, c.what, compared.Word())}
	if compared.Why != "" {
		lines = append(lines, compared.Why)
	}
	lines = append(lines, "baseline   "+compared.Baseline.Text, "candidate  "+compared.Candidate.Text)
	return strings.Join(append(lines, compared.Candidate.Evidence...), "\n")
}
