// Package markdown writes a run as Markdown: for the step summary of GitHub, or a note at a merge request of GitLab.
package markdown

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"stalemate/reports/record"
)

// mostRows is how many cells a table lists. GitHub takes 1 MiB for a summary, and GitLab 1,000,000 characters for a note.
const mostRows = 100

// Write writes the summary of a run to out.
func Write(out io.Writer, s record.Summary) error {
	w := bufio.NewWriter(out)
	t := s.Totals()
	fmt.Fprintf(w, "## stalemate: %s\n\n", s.Word())
	if below := s.BelowFailOn(); below != "" {
		fmt.Fprintf(w, "%s\n\n", inline(below))
	}
	if c := s.Comparison; c != nil {
		fmt.Fprintf(w, "%s: %s → %s\n\n", inline(c.Candidate.Target), image(c.Baseline), image(c.Candidate))
	}
	fmt.Fprintf(w, "| cells | passed | failed | below --fail-on | inconclusive | skipped | time |\n|---|---|---|---|---|---|---|\n| %d | %d | %d | %d | %d | %d | %s |\n\n",
		t.All, t.Passed, t.Failed, t.Below, t.Inconclusive, t.Skipped, (time.Duration(s.Wall * float64(time.Second))).Round(time.Second))
	results := s.Results()
	table(w, "Failed", results, record.Result.Fails)
	table(w, "Inconclusive", results, func(r record.Result) bool { return r.Status == record.Unknown })
	table(w, "Failed below --fail-on", results, func(r record.Result) bool { return r.Below })
	list(w, "Problems of the run", s.Problems)
	list(w, "Notices", s.Notices)
	folded(w, "Skipped", results, record.Skipped)
	folded(w, "Passed", results, record.Passed)
	fmt.Fprintf(w, "stalemate %s, run %s, exit status %d\n", inline(s.Version), inline(s.Run), s.Exit())
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write the Markdown summary: %w", err)
	}
	return nil
}

// table lists the results that are wanted, with their place in the target file and the command that repeats them.
func table(w io.Writer, title string, results []record.Result, wanted func(record.Result) bool) {
	n := 0
	for _, r := range results {
		if !wanted(r) {
			continue
		}
		if n++; n == 1 {
			fmt.Fprintf(w, "### %s\n\n| cell | verdict | what happened | target file |\n|---|---|---|---|\n", title)
		}
		if n > mostRows {
			continue
		}
		place := r.File
		if r.Line > 0 {
			place = fmt.Sprintf("%s:%d", r.File, r.Line)
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s |\n", code(r.Address), inline(r.Label()), inline(r.Message), code(place))
	}
	if n == 0 {
		return
	}
	if n > mostRows {
		fmt.Fprintf(w, "\n%d more are in the other reports.\n", n-mostRows)
	}
	for _, r := range results {
		if wanted(r) && r.Again != "" {
			fmt.Fprintf(w, "\nTo repeat the first one: %s\n", code(r.Again))
			break
		}
	}
	fmt.Fprintln(w)
}

// folded lists the results of a status in a part that a reader opens.
func folded(w io.Writer, title string, results []record.Result, status record.Status) {
	var lines []string
	for _, r := range results {
		if r.Status == status && !r.Below {
			line := fmt.Sprintf("- %s %s", code(r.Address), inline(r.Label()))
			if status == record.Skipped {
				line += ": " + inline(r.Message)
			}
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return
	}
	more := ""
	if left := len(lines) - mostRows; left > 0 {
		lines, more = lines[:mostRows], fmt.Sprintf("\n- and %d more", left)
	}
	fmt.Fprintf(w, "<details><summary>%s</summary>\n\n%s%s\n\n</details>\n\n", title, strings.Join(lines, "\n"), more)
}

func list(w io.Writer, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(w, "### %s\n\n", title)
	for i, line := range lines {
		if i == mostRows {
			fmt.Fprintf(w, "- and %d more\n", len(lines)-i)
			break
		}
		fmt.Fprintf(w, "- %s\n", inline(line))
	}
	fmt.Fprintln(w)
}

func image(b record.Build) string {
	if len(b.Images) == 0 {
		return code("?")
	}
	return code(b.Images[0].Exact())
}
