package record

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// UpgradeSuite is the name of the suite that compares two builds.
const UpgradeSuite = "upgrade"

// Comparison is what a run found that held two builds of one server.
type Comparison struct {
	Baseline  Build      `json:"baseline"`
	Candidate Build      `json:"candidate"`
	Cells     []Compared `json:"cells"` // in the order of the plan
}

// Compares says whether these are events of a run that compares two builds.
func Compares(run []Event) bool {
	return slices.ContainsFunc(run, func(e Event) bool { return e.Plan != nil && e.Plan.Side == Candidate })
}

// Count counts the cells of each outcome.
func (c Comparison) Count() map[Outcome]int {
	count := map[Outcome]int{}
	for _, cell := range c.Cells {
		count[cell.Outcome]++
	}
	return count
}

// BelowFailOn says which compared cells got worse by less than FailOn: "4 regressed, 2 changed below --fail-on high"; "" for
// none. Where the run fails, that is not why, and the text says so.
func (s Summary) BelowFailOn() string {
	if s.Comparison == nil {
		return ""
	}
	count := map[Outcome]int{}
	for _, cell := range s.Comparison.Cells {
		if cell.Below {
			count[cell.Outcome]++
		}
	}
	var parts []string
	for _, outcome := range Outcomes() {
		if count[outcome] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count[outcome], outcome))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	text := strings.Join(parts, ", ") + " below --fail-on " + string(s.FailOn)
	if s.Exit() == ExitFailed {
		text = "not counted: " + text
	}
	return text
}

// WorstWord is the worst word that is true of a comparison: FAIL, INCONCLUSIVE, REGRESSED, CHANGED or PASS. With REGRESSED and CHANGED
// the exit status is 0, since nothing that is as severe as FailOn got worse. Of a run that compares nothing it is Word.
func (s Summary) WorstWord() string {
	word := s.Word()
	if s.Comparison == nil || s.Exit() != ExitOK {
		return word
	}
	count := s.Comparison.Count()
	switch {
	case count[OutcomeRegressed] > 0:
		return "REGRESSED"
	case count[OutcomeChanged] > 0:
		return "CHANGED"
	}
	return word
}

// exit is the exit status of a comparison: 1 when a cell got worse by the severity asked for, or more; else 3 when one is
// inconclusive, none was compared, or the run has a problem; else 0.
func (c Comparison) exit(problems []string) int {
	count := c.Count()
	switch {
	case slices.ContainsFunc(c.Cells, Compared.Fails):
		return ExitFailed
	case count[OutcomeInconclusive] > 0 || len(problems) > 0 || count[OutcomeNotApplicable] == len(c.Cells):
		return ExitInconclusive
	}
	return ExitOK
}

// Within is the cell's address without its target's name. Both builds of a comparison have it in common.
func (c *Cell) Within() string { return strings.TrimPrefix(c.Address, c.Target+"/") }

// addCompared takes in a build, or the outcome of a cell.
func (b *builder) addCompared(e Event) {
	c := b.comparison()
	switch {
	case e.Kind == BuildCompared && e.Build == nil, e.Kind == CellCompared && e.Compared == nil:
		b.problem("an event %s without its payload", e.Kind)
	case e.Kind == BuildCompared && e.Build.Side == Baseline:
		c.Baseline = *e.Build
		for _, problem := range e.Build.Problems {
			b.problem("saved run %s: %s", e.Build.Saved, problem)
		}
	case e.Kind == BuildCompared:
		c.Candidate = *e.Build
	default:
		cell := *e.Compared
		if !cell.Outcome.known() {
			b.problem("%s: unknown outcome %q", cell.Cell, cell.Outcome)
			cell.Outcome = OutcomeInconclusive
		}
		if at := c.index(cell.Cell); at >= 0 {
			b.problem("%s was compared twice: %s, then %s", cell.Cell, c.Cells[at].Outcome, cell.Outcome)
			return
		}
		c.Cells = append(c.Cells, cell)
	}
}

func (b *builder) comparison() *Comparison {
	if b.s.Comparison == nil {
		b.s.Comparison = &Comparison{Cells: []Compared{}}
	}
	return b.s.Comparison
}

func (c Comparison) index(cell string) int {
	return slices.IndexFunc(c.Cells, func(one Compared) bool { return one.Cell == cell })
}

// finishComparison puts the cells in the order of the plan and says what is missing. The
// baseline of a saved run has no candidate, and is no comparison by itself.
func (b *builder) finishComparison() {
	order := b.compared(Candidate)
	if len(order) == 0 && b.s.Comparison == nil {
		return
	}
	for _, name := range b.compared(Baseline) {
		if !slices.Contains(order, name) {
			order = append(order, name)
		}
	}
	c := b.comparison()
	without := 0
	place := map[string]int{}
	for i, name := range order {
		place[name] = i
		if c.index(name) < 0 {
			without++
		}
	}
	if without > 0 {
		b.problem("the log has no outcome of %s of this comparison", Counted(without, "cell"))
	}
	if c.Candidate.Target == "" {
		b.problem("the log does not say which candidate was compared")
	}
	position := func(one Compared) int {
		if at, known := place[one.Cell]; known {
			return at
		}
		return len(place) // only in a saved baseline
	}
	slices.SortStableFunc(c.Cells, func(x, y Compared) int { return cmp.Compare(position(x), position(y)) })
	b.agreeOnOutcomes(c)
}

// agreeOnOutcomes makes a cell inconclusive where its spec and the log disagree about it, or where nothing asserted it.
func (b *builder) agreeOnOutcomes(c *Comparison) {
	if !slices.Contains(b.asserted, UpgradeSuite) || !b.s.Ended || b.s.Stopped != "" {
		return
	}
	for i := range c.Cells {
		cell := &c.Cells[i]
		state, ran := b.specs[c.Candidate.Target+"/"+cell.Cell]
		why := ""
		switch {
		case !ran:
			why = "Ginkgo ran no spec for it"
		case !state.agrees(cell.Status()):
			why = fmt.Sprintf("the log says %s and Ginkgo's spec says %s", cell.Outcome, state)
		default:
			continue
		}
		b.problem("%s: %s", cell.Cell, why)
		cell.Outcome, cell.Severity, cell.Below, cell.Why = OutcomeInconclusive, "", false, why
	}
}

// compared are the planned cells of a side, without the targets' names, each once.
func (b *builder) compared(side Side) []string {
	var names []string
	seen := map[string]bool{}
	for _, cell := range b.s.Cells() {
		if name := cell.Within(); cell.Plan.Side == side && !cell.Plan.Canary && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}
