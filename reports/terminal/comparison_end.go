package terminal

import (
	"fmt"
	"strings"

	"stalemate/reports/record"

	"github.com/jedib0t/go-pretty/v6/text"
)

// comparisonEnd is the last line, with the worst word that is true: "REGRESSED  4 regressed below --fail-on high   exit 0".
func (p *page) comparisonEnd(s record.Summary) {
	word := s.WorstWord()
	begin := word
	if s.Stopped != "" {
		begin += " (" + record.Clean(s.Stopped) + ")"
	}
	colours := map[string]text.Color{"PASS": text.FgGreen, "FAIL": text.FgRed, "INCONCLUSIVE": text.FgYellow}
	colour, known := colours[word]
	if !known {
		colour = text.FgYellow // REGRESSED and CHANGED: they count as passed, and somebody should look
	}
	line := fmt.Sprintf("%s  %s   exit"+bound+"%d", begin, endOf(s), s.Exit())
	for i, row := range wrap(line, p.o.Width-2) {
		if i == 0 {
			row = p.paint(word, colour, text.Bold) + strings.TrimPrefix(row, word)
		} else {
			row = "  " + row
		}
		p.line("%s", row)
	}
}

// endOf says why a comparison has its result.
func endOf(s record.Summary) string {
	count, fails := s.Comparison.Count(), map[record.Outcome]int{}
	for _, cell := range s.Comparison.Cells {
		if cell.Fails() {
			fails[cell.Outcome]++
		}
	}
	var parts []string
	add := func(outcome record.Outcome, n int) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, outcome))
		}
	}
	switch s.Exit() {
	case record.ExitFailed:
		add(record.OutcomeRegressed, fails[record.OutcomeRegressed])
		add(record.OutcomeChanged, fails[record.OutcomeChanged])
		add(record.OutcomeInconclusive, count[record.OutcomeInconclusive])
	case record.ExitInconclusive:
		add(record.OutcomeInconclusive, count[record.OutcomeInconclusive])
		if len(s.Problems) > 0 {
			parts = append(parts, record.Counted(len(s.Problems), "problem")+" of the run")
		}
	default:
		if s.BelowFailOn() == "" {
			for _, outcome := range []record.Outcome{record.OutcomeSame, record.OutcomeFixed, record.OutcomeWaived, record.OutcomeNotApplicable} {
				add(outcome, count[outcome])
			}
		}
	}
	if below := s.BelowFailOn(); below != "" {
		parts = append(parts, below)
	}
	if len(parts) == 0 {
		return "nothing was compared"
	}
	return strings.Join(parts, ", ")
}
