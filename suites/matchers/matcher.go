package matchers

import (
	"fmt"

	"github.com/onsi/gomega/types"
)

// matcher says in one sentence, after the word "to", what is wanted, and on failure what was measured.
type matcher struct {
	wanted string // such as "be proven"
	look   func(actual any) (finding, error)
	last   finding
}

// finding is what a matcher saw.
type finding struct {
	subject  string
	as       bool   // as wanted
	measured string // what was measured and expected, and the directive
}

var _ types.GomegaMatcher = (*matcher)(nil)

// Match looks at actual. Its error is what kept it from judging.
func (m *matcher) Match(actual any) (bool, error) {
	var err error
	if m.last, err = m.look(actual); err != nil {
		return false, fmt.Errorf("cannot judge %s, expected to %s: %w", m.last.subject, m.wanted, err)
	}
	return m.last.as, nil
}

// FailureMessage says what was wanted and what was measured.
func (m *matcher) FailureMessage(any) string { return m.message("") }

// NegatedFailureMessage is FailureMessage for NotTo.
func (m *matcher) NegatedFailureMessage(any) string { return m.message("not ") }

func (m *matcher) message(not string) string {
	return fmt.Sprintf("Expected\n    %s\n%sto %s\n    %s", m.last.subject, not, m.wanted, m.last.measured)
}
