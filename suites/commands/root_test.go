package commands

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestNoErrorMovesTheCursor(t *testing.T) {
	g := NewWithT(t)
	code, out := command("check", "-f", "\x1b[2J\r\nb.yaml")
	g.Expect(code).To(Equal(ExitUsage))
	g.Expect(out).To(HavePrefix("stalemate: [2J\nb.yaml: does not exist"), "lines stay: a list of faults has one for each")
}

func TestNoCommandIsThereTwice(t *testing.T) {
	g := NewWithT(t)
	seen := map[string]bool{}
	for _, c := range Root().Commands() {
		g.Expect(seen[c.Name()]).To(BeFalse(), c.Name())
		seen[c.Name()] = true
	}
	g.Expect(seen).To(HaveKey("learn"))
}
