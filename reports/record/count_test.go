package record

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestCanariesAreCountedApart(t *testing.T) {
	g := NewWithT(t)
	g.Expect(CountedCells(0, 0)).To(Equal("0 cells"))
	g.Expect(CountedCells(1, 0)).To(Equal("1 cell"))
	g.Expect(CountedCells(17, 1)).To(Equal("17 cells and 1 canary"))
	g.Expect(Tally{Planned: 1037, Canaries: 3}.Counted()).To(Equal("1037 cells and 3 canaries"))
}
