package html

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"stalemate/reports/record"
)

//go:embed comparison.html
var comparisonPage string

// writeComparison writes what a run found that compared two builds.
func writeComparison(out io.Writer, s record.Summary) error {
	all := functions()
	all["kind"] = outcomeClass
	parsed, err := template.New("comparison").Funcs(all).Parse(comparisonPage)
	if err != nil {
		return fmt.Errorf("write the HTML report: %w", err)
	}
	var chips []count
	for _, outcome := range record.Outcomes() {
		if n := s.Comparison.Count()[outcome]; n > 0 {
			chips = append(chips, count{Name: string(outcome), Class: outcomeClass(outcome), N: n})
		}
	}
	page := struct {
		record.Summary
		Style template.CSS // stalemate's, embedded
		Below string       // what got worse and does not count
		Chips []count
	}{s, template.CSS(style), s.BelowFailOn(), chips}
	if err := parsed.Execute(printableWriter{out}, page); err != nil {
		return fmt.Errorf("write the HTML report: %w", err)
	}
	return nil
}

func outcomeClass(outcome record.Outcome) string {
	switch outcome {
	case record.OutcomeRegressed:
		return "failed"
	case record.OutcomeChanged:
		return "declared"
	case record.OutcomeInconclusive:
		return "inconclusive"
	case record.OutcomeNotApplicable, record.OutcomeWaived:
		return "skipped"
	}
	return "passed"
}
