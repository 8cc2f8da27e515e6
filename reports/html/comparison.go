package html

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"stalemate/reports/compare"
)

//go:embed comparison.html
var comparisonPage string

// WriteComparison writes a comparison to out.
func WriteComparison(out io.Writer, c compare.Comparison) error {
	all := functions()
	all["kind"] = kindClass
	parsed, err := template.New("comparison").Funcs(all).Parse(comparisonPage)
	if err != nil {
		return fmt.Errorf("write the HTML report: %w", err)
	}
	var chips []count
	for _, kind := range compare.Kinds() {
		if n := c.Count()[kind]; n > 0 {
			chips = append(chips, count{Name: string(kind), Class: kindClass(kind), N: n})
		}
	}
	page := struct {
		compare.Comparison
		Style template.CSS // ours, embedded
		Chips []count
	}{c, template.CSS(style), chips}
	if err := parsed.Execute(out, page); err != nil {
		return fmt.Errorf("write the HTML report: %w", err)
	}
	return nil
}

func kindClass(kind compare.Kind) string {
	switch kind {
	case compare.Regressed:
		return "failed"
	case compare.Changed:
		return "declared"
	case compare.Inconclusive:
		return "inconclusive"
	case compare.NotApplicable, compare.Waived:
		return "skipped"
	}
	return "passed"
}
