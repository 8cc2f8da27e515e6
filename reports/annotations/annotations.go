// Package annotations writes what failed as workflow commands of GitHub, which shows them at the lines of the target file.
package annotations

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"stalemate/reports/record"
)

// most is how many errors, and how many warnings, GitHub shows of one step. It drops the others without a word.
const most = 10

// GitHub writes an error for each cell that makes the run fail or is inconclusive, and for each problem of the run. A failure
// below --fail-on is a warning.
func GitHub(out io.Writer, s record.Summary) error {
	w := bufio.NewWriter(out)
	var errors, warnings []string
	results := s.Results()
	slices.SortStableFunc(results, func(a, b record.Result) int { // the worst first: GitHub shows only so many
		return cmp.Compare(rank(a.Severity), rank(b.Severity))
	})
	for _, r := range results {
		switch {
		case r.Below:
			warnings = append(warnings, line("warning", r))
		case r.Status == record.Failed:
			errors = append(errors, line("error", r))
		}
	}
	for _, r := range results {
		if r.Status != record.Failed && r.Status != record.Passed && r.Status != record.Skipped {
			errors = append(errors, line("error", r))
		}
	}
	for _, problem := range s.Problems {
		errors = append(errors, "::error title="+property("stalemate: problem of the run")+"::"+data(problem))
	}
	write(w, "error", errors)
	write(w, "warning", warnings)
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write the annotations: %w", err)
	}
	return nil
}

func rank(s record.Severity) int {
	if at := slices.Index(record.Severities(), s); at >= 0 {
		return at
	}
	return len(record.Severities())
}

// write writes as many lines as GitHub shows. The last one says how many are left out.
func write(w io.Writer, kind string, lines []string) {
	if left := len(lines) - most; left > 0 {
		lines = append(lines[:most-1:most-1], fmt.Sprintf("::%s title=stalemate::and %d more: the other reports have them all", kind, left+1))
	}
	for _, one := range lines {
		fmt.Fprintln(w, one)
	}
}

func line(kind string, r record.Result) string {
	var at []string
	if r.File != "" {
		at = append(at, "file="+property(r.File))
		if r.Line > 0 {
			at = append(at, fmt.Sprintf("line=%d", r.Line))
		}
	}
	at = append(at, "title="+property(r.Label()+": "+r.Address))
	message := r.Message
	if r.Again != "" {
		message += "\nagain: " + r.Again
	}
	return fmt.Sprintf("::%s %s::%s", kind, strings.Join(at, ","), data(message))
}

// data escapes the text of a command. A line break would begin another command.
func data(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(record.CleanLines(s))
}

// property escapes a value of a command.
func property(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(record.Clean(s))
}

// Fenced writes what write writes in such a way that GitHub reads no command in it: servers choose much of that text.
func Fenced(out io.Writer, token string, write func() error) error {
	if _, err := fmt.Fprintf(out, "::stop-commands::%s\n", token); err != nil {
		return fmt.Errorf("write the annotations: %w", err)
	}
	err := write()
	if _, end := fmt.Fprintf(out, "::%s::\n", token); err == nil && end != nil {
		err = fmt.Errorf("write the annotations: %w", end)
	}
	return err
}
