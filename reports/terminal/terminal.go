// Package terminal draws a run as text: what failed first, then one line for each target, the verdict last.
package terminal

import (
	"fmt"
	"io"
	"strings"

	"stalemate/reports/record"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Write draws the summary of a run to out.
func Write(out io.Writer, s record.Summary, options Options) error {
	p := &page{out: out, o: options.filled()}
	if s.Comparison != nil {
		p.comparison(s)
		return p.err
	}
	p.cells("failed", s, record.Failed)
	p.cells("inconclusive", s, record.Unknown)
	p.list("Problems of the run", p.untold(s.Problems))
	p.list("Notices", s.Notices)
	p.list(declaredHeading(s), declared(s))
	p.list(fmt.Sprintf("Reproduced: known-bad targets failed as expected in %s", record.Counted(s.Tally.Reproduced, "cell")), reproduced(s))
	p.list(fmt.Sprintf("Skipped: %s, without effect on the exit status", record.Counted(s.Tally.Statuses[record.Skipped], "cell")), skipped(s))
	p.list("Injected", injected(s))
	p.list("Batches (the pods of a batch start while the previous batch holds connections)", batches(s))
	p.list("Capabilities beyond the default", granted(s))
	p.list("What a target may use", bounds(s))
	p.list("Tolerance", tolerances(s))
	p.targets(s)
	p.verdict(s)
	return p.err
}

// targets draws the table: one line a target.
func (p *page) targets(s record.Summary) {
	if len(s.Targets) == 0 {
		return
	}
	p.gap()
	const (
		fixed  = 38 // columns of the table without names and verdicts
		widest = 48 // columns of a name: a file's has at most 40, and that of its control a little more
	)
	longestName := 0
	for _, target := range s.Targets {
		longestName = max(longestName, len(target.Name))
	}
	// A name stays in one piece, so that it can be searched for: a row that is too wide is the lesser evil.
	nameWidth := max(len("target"), min(longestName, widest))
	verdictWidth := max(20, p.o.Width-fixed-nameWidth)
	writer := table.NewWriter()
	writer.SetStyle(table.StyleDefault)
	writer.Style().Options = table.OptionsNoBordersAndSeparators
	writer.Style().Format.Header = text.FormatDefault
	writer.Style().Box.PaddingLeft, writer.Style().Box.PaddingRight = "", "  "
	writer.SetColumnConfigs([]table.ColumnConfig{
		{Number: 1, WidthMax: nameWidth},
		{Number: 2, Align: text.AlignRight},
		{Number: 4, Align: text.AlignRight},
	})
	writer.AppendHeader(table.Row{"target", "cells", "verdicts", "longest", ""})
	for _, target := range s.Targets {
		if target.Tally.Planned+target.Tally.Canaries == 0 {
			continue // it has no cell: only an image was built for it, say
		}
		longest := 0.0
		for _, cell := range target.Cells() {
			longest = max(longest, cell.Took())
		}
		writer.AppendRow(table.Row{record.Clean(target.Name), target.Tally.Planned, strings.Join(wrap(counts(target.Tally), verdictWidth), "\n"),
			fmt.Sprintf("%.1f s", longest), p.mark(target.Tally)})
	}
	for _, row := range strings.Split(writer.Render(), "\n") {
		p.line("%s", row)
	}
}

func (p *page) mark(t record.Tally) string {
	switch {
	case t.Statuses[record.Failed] > t.Below:
		return p.paint("FAIL", text.FgRed, text.Bold)
	case t.Statuses[record.Unknown] > 0 || t.Canaries > t.Caught:
		return p.paint("INCONCLUSIVE", text.FgYellow, text.Bold)
	case t.Below > 0:
		return p.paint("not counted", text.FgYellow)
	case t.Canaries > 0 && t.Planned == 0:
		return "canary caught"
	case t.Tested() == 0:
		return "not tested"
	case t.Tested() == t.Waived:
		return "waived"
	}
	return p.paint("ok", text.FgGreen)
}

// counts names how many cells have each verdict; reproduced ones apart.
func counts(t record.Tally) string {
	var parts []string
	if t.Reproduced > 0 {
		parts = append(parts, fmt.Sprintf("%d"+bound+"reproduced", t.Reproduced))
	}
	for _, verdict := range record.Verdicts() {
		if n := t.Verdicts[verdict] - t.ReproducedAs[verdict] - t.WaivedAs[verdict]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d"+bound+"%s", n, verdict))
		}
	}
	if t.Waived > 0 {
		parts = append(parts, fmt.Sprintf("%d"+bound+"waived", t.Waived))
	}
	if missing := t.Planned - t.Judged; missing > 0 {
		parts = append(parts, fmt.Sprintf("%d"+bound+"not"+bound+"judged", missing))
	}
	if t.Canaries > 0 {
		parts = append(parts, fmt.Sprintf("%d"+bound+"of"+bound+"%d"+bound+"canaries caught", t.Caught, t.Canaries))
	}
	return strings.Join(parts, ", ")
}

// verdict writes the last lines: the result of the run, its exit status, the paths of the reports.
func (p *page) verdict(s record.Summary) {
	colour := map[string]text.Color{"PASS": text.FgGreen, "FAIL": text.FgRed, "INCONCLUSIVE": text.FgYellow}
	word := s.Word()
	p.gap()
	// Wrapped as plain text: the coloured word comes first and is never broken.
	begin := word
	if s.Stopped != "" {
		begin += " (" + record.Clean(s.Stopped) + ")"
	}
	line := fmt.Sprintf("%s  %s: %s in %.0f"+bound+"s   exit"+bound+"%d", begin, s.Tally.Counted(), counts(s.Tally), s.Wall, s.Exit())
	if s.Tally.Below > 0 {
		line += fmt.Sprintf(" (%d"+bound+"failed below --fail-on %s)", s.Tally.Below, s.FailOn)
	}
	for i, row := range wrap(line, p.o.Width-2) {
		if i == 0 {
			row = p.paint(word, colour[word], text.Bold) + strings.TrimPrefix(row, word)
		} else {
			row = "  " + row
		}
		p.line("%s", row)
	}
	for _, path := range p.o.Reports {
		p.line("  %s", path)
	}
}
