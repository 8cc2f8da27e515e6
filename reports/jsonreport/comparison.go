package jsonreport

import (
	"encoding/json"
	"fmt"
	"io"

	"stalemate/reports/compare"
)

// Comparison is the whole report of a comparison.
type Comparison struct {
	FormatVersion int                  `json:"format_version"`
	Result        string               `json:"result"` // PASS, FAIL, INCONCLUSIVE
	Exit          int                  `json:"exit"`
	Count         map[compare.Kind]int `json:"count"`
	compare.Comparison
}

// WriteComparison writes a comparison to out.
func WriteComparison(out io.Writer, c compare.Comparison) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(Comparison{FormatVersion: FormatVersion, Result: c.Word(), Exit: c.Exit(), Count: c.Count(), Comparison: c}); err != nil {
		return fmt.Errorf("write the JSON report: %w", err)
	}
	return nil
}
