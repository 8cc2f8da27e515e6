// Package sarif writes what failed in a run as SARIF 2.1.0, which code scanning reads.
package sarif

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"stalemate/reports/record"
)

// The parts of SARIF 2.1.0 that a run needs. A library would bring the whole standard for these.
type (
	log struct {
		Schema  string `json:"$schema"`
		Version string `json:"version"`
		Runs    []run  `json:"runs"`
	}
	run struct {
		Tool        tool           `json:"tool"`
		Invocations []invocation   `json:"invocations"`
		Results     []result       `json:"results"`
		Properties  map[string]int `json:"properties"` // how many cells there were, also those that are no result
	}
	tool struct {
		Driver driver `json:"driver"`
	}
	driver struct {
		Name    string `json:"name"`
		Version string `json:"version,omitempty"`
		Rules   []rule `json:"rules"`
	}
	rule struct {
		ID    string `json:"id"`
		Short text   `json:"shortDescription"`
	}
	text struct {
		Text string `json:"text"`
	}
	invocation struct {
		CommandLine string `json:"commandLine"`
		ExitCode    int    `json:"exitCode"`
		Successful  bool   `json:"executionSuccessful"`
		Notes       []note `json:"toolExecutionNotifications,omitempty"`
	}
	note struct {
		Level   string `json:"level"`
		Message text   `json:"message"`
	}
	result struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        string            `json:"level"`
		Message      text              `json:"message"`
		Locations    []location        `json:"locations,omitempty"`
		Fingerprints map[string]string `json:"partialFingerprints"`
	}
	location struct {
		Physical physical  `json:"physicalLocation"`
		Logical  []logical `json:"logicalLocations"`
	}
	physical struct {
		Artifact artifact `json:"artifactLocation"`
		Region   *region  `json:"region,omitempty"`
	}
	artifact struct {
		URI string `json:"uri"`
	}
	region struct {
		StartLine int `json:"startLine"`
	}
	logical struct {
		FullName string `json:"fullyQualifiedName"`
	}
)

// Write writes the summary of a run to out. Only cells that failed or are inconclusive are results: code scanning makes an alert
// of each result, whatever its kind.
func Write(out io.Writer, s record.Summary) error {
	t := s.Totals()
	one := run{Results: []result{}, Tool: tool{Driver: driver{Name: "stalemate", Version: s.Version, Rules: []rule{}}},
		Properties: map[string]int{"cells": t.All, "passed": t.Passed, "failed": t.Failed, "below_fail_on": t.Below, "inconclusive": t.Inconclusive, "skipped": t.Skipped}}
	call := invocation{CommandLine: s.Command, ExitCode: s.Exit(), Successful: len(s.Problems) == 0}
	for _, problem := range s.Problems {
		call.Notes = append(call.Notes, note{Level: "error", Message: text{record.Clean(problem)}})
	}
	one.Invocations = []invocation{call}
	for _, r := range s.Results() {
		if level := levelOf(r); level != "" {
			one.add(r, level)
		}
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(log{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []run{one}}); err != nil {
		return fmt.Errorf("write the SARIF report: %w", err)
	}
	return nil
}

func levelOf(r record.Result) string {
	switch {
	case r.Below:
		return "note"
	case r.Status == record.Failed:
		return "error"
	case r.Status == record.Passed, r.Status == record.Skipped:
		return ""
	}
	return "warning"
}

func (one *run) add(r record.Result, level string) {
	id := strings.ReplaceAll(r.Word, " ", "-")
	at := slices.IndexFunc(one.Tool.Driver.Rules, func(known rule) bool { return known.ID == id })
	if at < 0 {
		at = len(one.Tool.Driver.Rules)
		meaning := record.Verdict(r.Word).Meaning() + record.Outcome(r.Word).Meaning()
		if r.Word == string(record.Inconclusive) {
			meaning = record.Inconclusive.Meaning() // verdict and outcome have this word in common
		}
		if meaning == "" {
			meaning = "The cell was planned, and has no verdict."
		}
		one.Tool.Driver.Rules = append(one.Tool.Driver.Rules, rule{ID: id, Short: text{meaning}})
	}
	message := r.Address + " is " + r.Label() + ": " + r.Message
	if r.Again != "" {
		message += "\nagain: " + r.Again
	}
	found := result{RuleID: id, RuleIndex: at, Level: level, Message: text{record.CleanLines(message)}, Fingerprints: map[string]string{"stalemateCell/v1": r.Address}}
	if r.File != "" {
		where := location{Physical: physical{Artifact: artifact{URI: filepath.ToSlash(r.File)}}, Logical: []logical{{FullName: r.Address}}}
		if r.Line > 0 {
			where.Physical.Region = &region{StartLine: r.Line}
		}
		found.Locations = []location{where}
	}
	one.Results = append(one.Results, found)
}
