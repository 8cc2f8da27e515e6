package commands

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestNoCommandIsThereTwice(t *testing.T) {
	g := NewWithT(t)
	seen := map[string]bool{}
	for _, c := range Root().Commands() {
		g.Expect(seen[c.Name()]).To(BeFalse(), c.Name())
		seen[c.Name()] = true
	}
	g.Expect(seen).To(HaveKey("learn"))
}
