package terminal

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"stalemate/reports/record"

	"github.com/jedib0t/go-pretty/v6/text"
)

// block is what is told together: one cell, or all cells that one cause left without a result.
type block struct {
	cause string // as problems of the run tell it; "" for a cell that has measurements of its own
	cells []*record.Cell
}

// blocks groups cells by what left them without a result, in the order of the run. A missing image would otherwise be told once
// for each cell of its target.
func blocks(cells []*record.Cell) []*block {
	var all []*block
	by := map[string]*block{}
	for _, cell := range cells {
		cause := sharedCause(cell)
		key := alike.ReplaceAllString(within(cell, cause), "#")
		if known := by[key]; cause != "" && known != nil {
			known.cells = append(known.cells, cell)
			continue
		}
		b := &block{cause: cause, cells: []*record.Cell{cell}}
		by[key] = b
		all = append(all, b)
	}
	return all
}

// alike is what may differ in one cause that several pods met: their addresses, and how often they were asked.
var alike = regexp.MustCompile(`\d+(\.\d+){3}|asked \d+ times`)

// sharedCause is why a cell has no result, where nothing of the cell itself was measured; "" for any other cell.
func sharedCause(cell *record.Cell) string {
	j := cell.Judgement
	switch {
	case cell.Status != record.Unknown || j != nil && j.Verdict != record.Inconclusive:
		return ""
	case j == nil:
		return cell.Message()
	case len(j.Evidence) > 0 || len(cell.Autopsies) > 0:
		return ""
	case len(j.Holds) == 0:
		return strings.TrimPrefix(j.Message, string(record.Inconclusive)+": ")
	case slices.ContainsFunc(j.Holds, record.HoldResult.Measured):
		return ""
	}
	return j.Because
}

// within is a cause without the names of the cell's target and of its pod: two targets may have one image.
func within(cell *record.Cell, cause string) string {
	name := "target " + cell.Target + ": "
	if _, rest, found := strings.Cut(cause, ": "); found && strings.HasPrefix(cause, "pod "+cell.Target) { // of a pod of the target
		cause = rest
	}
	return strings.TrimPrefix(strings.TrimPrefix(cause, "start "+name), "image of "+name)
}

// block draws cells that have one cause: "inconclusive  26 cells of shop".
func (p *page) block(s record.Summary, b *block) {
	if b.cause != "" {
		p.causes = append(p.causes, b.cause)
	}
	if len(b.cells) == 1 {
		p.cell(b.cells[0])
		return
	}
	first := b.cells[0]
	verdict := string(record.Inconclusive)
	if first.Judgement == nil {
		verdict = "not judged"
	}
	cells := slices.DeleteFunc(slices.Clone(b.cells), func(c *record.Cell) bool { return c.Plan.Canary })
	names, whole := targetsOf(s, cells)
	head := record.CountedCells(len(cells), len(b.cells)-len(cells))
	if len(names) > 0 {
		head += " of " + strings.Join(names, ", ")
	}
	p.line("%s  %s", p.paint(verdict, unknownColour, text.Bold), record.Clean(head))
	p.field("because", within(first, b.cause))
	if len(cells) == 0 {
		return
	}
	p.field("cells", p.addresses(s, cells, whole))
	p.verbatim("again", again(cells, whole))
}

// addresses names cells. A target whose cells are all meant is one entry, such as shop/* (25).
func (p *page) addresses(s record.Summary, cells []*record.Cell, whole bool) string {
	if whole {
		return "all"
	}
	var names []string
	left := 0
	for _, t := range s.Targets {
		var mine []*record.Cell
		for _, cell := range cells {
			if cell.Target == t.Name {
				mine = append(mine, cell)
			}
		}
		switch {
		case len(mine) == 0:
		case len(mine) == t.Tally.Planned && len(mine) > 1:
			names = append(names, fmt.Sprintf("%s/* (%d)", t.Name, len(mine)))
		default:
			shown := p.shown(len(mine))
			for _, cell := range mine[:shown] {
				names = append(names, cell.Address)
			}
			left += len(mine) - shown
		}
	}
	text := strings.Join(names, ", ")
	if left > 0 {
		text += fmt.Sprintf(" and %d more", left)
	}
	return text
}

// targetsOf names the targets of cells, and says whether these are all cells of their targets.
func targetsOf(s record.Summary, cells []*record.Cell) (names []string, whole bool) {
	for _, cell := range cells {
		if !slices.Contains(names, cell.Target) {
			names = append(names, cell.Target)
		}
	}
	planned := 0
	for _, t := range s.Targets {
		if slices.Contains(names, t.Name) {
			planned += t.Tally.Planned
		}
	}
	return names, planned == len(cells)
}

// again is the command that repeats cells: all cells of one file, or the first one.
func again(cells []*record.Cell, whole bool) string {
	first := cells[0]
	same := func(c *record.Cell) bool {
		return c.Plan.File == first.Plan.File && slices.Equal(c.Plan.Overrides, first.Plan.Overrides)
	}
	command := first.Again()
	if !whole || slices.ContainsFunc(cells, func(c *record.Cell) bool { return !same(c) }) {
		return command
	}
	return strings.TrimSuffix(command, " --only "+record.ShellWord(first.Address))
}

// untold are the problems that do not repeat the cause of a block.
func (p *page) untold(problems []string) []string {
	return slices.DeleteFunc(slices.Clone(problems), func(problem string) bool {
		return slices.ContainsFunc(p.causes, func(cause string) bool {
			line, _, _ := strings.Cut(strings.TrimSpace(cause), "\n")
			return strings.HasSuffix(alike.ReplaceAllString(problem, "#"), ": "+alike.ReplaceAllString(line, "#"))
		})
	})
}
