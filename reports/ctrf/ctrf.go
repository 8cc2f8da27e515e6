// Package ctrf writes a run in the Common Test Report Format, a JSON format that several test dashboards read.
package ctrf

import (
	"encoding/json"
	"fmt"
	"io"

	"stalemate/reports/record"
)

type (
	document struct {
		Format  string  `json:"reportFormat"`
		Version string  `json:"specVersion"`
		Results results `json:"results"`
	}
	results struct {
		Tool    tool    `json:"tool"`
		Summary summary `json:"summary"`
		Tests   []test  `json:"tests"`
	}
	tool struct {
		Name    string `json:"name"`
		Version string `json:"version,omitempty"`
	}
	summary struct {
		Tests   int   `json:"tests"`
		Passed  int   `json:"passed"`
		Failed  int   `json:"failed"`
		Skipped int   `json:"skipped"`
		Pending int   `json:"pending"`
		Other   int   `json:"other"`
		Start   int64 `json:"start"`
		Stop    int64 `json:"stop"`
		Extra   extra `json:"extra"`
	}
	extra struct {
		Result   string   `json:"result"`
		Exit     int      `json:"exit"`
		Below    int      `json:"belowFailOn"`
		Problems []string `json:"problems,omitempty"`
	}
	test struct {
		Name     string   `json:"name"`
		Status   string   `json:"status"`
		Duration int64    `json:"duration"`
		Suite    []string `json:"suite"`
		Message  string   `json:"message,omitempty"`
		Raw      string   `json:"rawStatus"`
		Tags     []string `json:"tags,omitempty"`
		File     string   `json:"filePath,omitempty"`
		Line     int      `json:"line,omitempty"`
	}
)

// Write writes the summary of a run to out. As in JUnit, a failure below --fail-on passes. Inconclusive cells are "other".
func Write(out io.Writer, s record.Summary) error {
	t := s.Totals()
	doc := document{Format: "CTRF", Version: "0.0.0", Results: results{Tool: tool{"stalemate", s.Version}, Tests: []test{},
		Summary: summary{Tests: t.All, Passed: t.Passed + t.Below, Failed: t.Failed, Skipped: t.Skipped, Other: t.Inconclusive,
			Start: s.UnixTime * 1000, Stop: s.UnixTime*1000 + int64(s.Wall*1000),
			Extra: extra{Result: s.Word(), Exit: s.Exit(), Below: t.Below, Problems: s.Problems}}}}
	for _, r := range s.Results() {
		one := test{Name: r.Address, Status: statusOf(r), Duration: int64(r.Took * 1000), Suite: []string{r.Suite, r.Target}, Raw: r.Word, File: r.File, Line: r.Line}
		if one.Status != "passed" || r.Below {
			one.Message = record.Clean(r.Message)
		}
		if r.Severity != "" {
			one.Tags = append(one.Tags, string(r.Severity))
		}
		doc.Results.Tests = append(doc.Results.Tests, one)
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(doc); err != nil {
		return fmt.Errorf("write the CTRF report: %w", err)
	}
	return nil
}

func statusOf(r record.Result) string {
	switch {
	case r.Below, r.Status == record.Passed:
		return "passed"
	case r.Status == record.Failed:
		return "failed"
	case r.Status == record.Skipped:
		return "skipped"
	}
	return "other"
}
