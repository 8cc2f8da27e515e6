package matchers_test

import (
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
)

// answer is what a matcher says.
type answer string

const (
	yes     answer = "it matches"
	no      answer = "it does not match"
	unknown answer = "nothing can be said"
)

// expect has a matcher look, and reads the message that a failed assertion would show.
func expect(g *WithT, m types.GomegaMatcher, actual any, want answer, says ...string) {
	got, message := no, ""
	matches, err := m.Match(actual)
	switch {
	case err != nil:
		got, message = unknown, err.Error()
	case matches:
		got, message = yes, m.NegatedFailureMessage(actual)
	default:
		message = m.FailureMessage(actual)
	}
	g.ExpectWithOffset(1, got).To(Equal(want), message)
	for _, text := range says {
		g.ExpectWithOffset(1, message).To(ContainSubstring(text))
	}
}
