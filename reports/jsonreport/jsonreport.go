// Package jsonreport writes a run as one JSON document, for programs.
package jsonreport

import (
	"encoding/json"
	"fmt"
	"io"

	"stalemate/reports/record"
)

// FormatVersion is that of the document. It rises when a field changes its
// meaning or goes; a new field does not raise it.
const FormatVersion = 2

// Document is the whole report.
type Document struct {
	FormatVersion int    `json:"format_version"`
	Result        string `json:"result"` // PASS, FAIL, INCONCLUSIVE
	Exit          int    `json:"exit"`
	record.Summary
}

// Write writes the summary of a run to out.
func Write(out io.Writer, s record.Summary) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	var document any = Document{FormatVersion: FormatVersion, Result: s.Word(), Exit: s.Exit(), Summary: s}
	if s.Comparison != nil {
		document = comparison(s)
	}
	if err := encoder.Encode(document); err != nil {
		return fmt.Errorf("write the JSON report: %w", err)
	}
	return nil
}
