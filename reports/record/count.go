package record

import "fmt"

// Counted is a number of things: "1 connection", "3 connections".
func Counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// CountedCells is how many cells a run has, in every view: "17 cells and 1 canary".
// A canary tests the harness, not a target, and is never counted among the cells.
func CountedCells(cells, canaries int) string {
	switch canaries {
	case 0:
		return Counted(cells, "cell")
	case 1:
		return Counted(cells, "cell") + " and 1 canary"
	}
	return fmt.Sprintf("%s and %d canaries", Counted(cells, "cell"), canaries)
}

// Counted is how many cells were planned.
func (t Tally) Counted() string { return CountedCells(t.Planned, t.Canaries) }
