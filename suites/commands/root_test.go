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
