package pod

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/containers/proc"
)

// TestAnAnswerAboutAnotherProcessIsRefused: the target can be in the same PID namespace as the helper that answers.
func TestAnAnswerAboutAnotherProcessIsRefused(t *testing.T) {
	g := NewWithT(t)
	_, err := described(nil, 7)
	g.Expect(err).To(MatchError(errNotDescribed))
	_, err = described(&proc.Stat{PID: 8}, 7)
	g.Expect(err).To(MatchError(errNotDescribed))
	g.Expect(described(&proc.Stat{PID: 7}, 7)).To(HaveField("PID", 7))
}
