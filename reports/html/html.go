// Package html writes a run as one self-contained page, without scripts, light or dark like the reader's system.
package html

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"stalemate/reports/record"
)

//go:embed page.html
var page string

//go:embed page.css
var style string

// Write writes the summary of a run to out.
func Write(out io.Writer, s record.Summary) error {
	if s.Comparison != nil {
		return writeComparison(out, s)
	}
	parsed, err := template.New("page").Funcs(functions()).Parse(page)
	if err != nil {
		return fmt.Errorf("write the HTML report: %w", err)
	}
	if err := parsed.Execute(printableWriter{out}, view{Summary: s, Style: template.CSS(style), Counts: counts(s.Tally)}); err != nil {
		return fmt.Errorf("write the HTML report: %w", err)
	}
	return nil
}

type view struct {
	record.Summary
	Style  template.CSS // stalemate's, embedded
	Counts []count
}

// count is a verdict and how many cells have it.
type count struct {
	Name  string
	Class string
	N     int
}

func counts(t record.Tally) []count {
	var out []count
	add := func(name, class string, n int) {
		if n > 0 {
			out = append(out, count{Name: name, Class: class, N: n})
		}
	}
	for _, verdict := range record.Verdicts() {
		add(string(verdict), classOf(verdict), t.Verdicts[verdict]-t.ReproducedAs[verdict]-t.WaivedAs[verdict])
	}
	add("reproduced", "declared", t.Reproduced)
	add("waived", "skipped", t.Waived)
	add("not judged", "inconclusive", t.Planned-t.Judged)
	return out
}

func classOf(v record.Verdict) string {
	switch v {
	case record.Fired, record.Starts:
		return "passed"
	case record.AsDeclared:
		return "declared"
	case record.NotRun, record.NotApplicable:
		return "skipped"
	case record.Inconclusive:
		return "inconclusive"
	}
	return "failed"
}

func functions() template.FuncMap {
	return template.FuncMap{
		"counts":   counts,
		"class":    cellClass,
		"verdict":  cellVerdict,
		"timeline": timeline,
		"secs":     func(v float64) string { return fmt.Sprintf("%.1f s", v) },
		"at": func(v *float64) string {
			if v == nil {
				return "-"
			}
			return fmt.Sprintf("%.1f s", *v)
		},
		"date": func(unix int64) string {
			if unix == 0 {
				return "no date"
			}
			return time.Unix(unix, 0).UTC().Format("2006-01-02 15:04:05 UTC")
		},
		"short":  func(c *record.Cell) string { return strings.TrimPrefix(c.Address, c.Target+"/") },
		"join":   func(list []string) string { return strings.Join(list, ", ") },
		"anchor": func(s string) string { return "c-" + strings.NewReplacer("/", "-", " ", "-").Replace(s) },
		"open":   func(c *record.Cell) bool { return c.Status == record.Failed || c.Status == record.Unknown },
	}
}

func cellClass(c *record.Cell) string {
	switch {
	case c.Status == record.Failed:
		return "failed"
	case c.Status == record.Unknown:
		return "inconclusive"
	case c.Status == record.Skipped:
		return "skipped"
	case c.Reproduced || c.Judgement != nil && c.Judgement.Verdict == record.AsDeclared:
		return "declared"
	}
	return "passed"
}

func cellVerdict(c *record.Cell) string {
	switch {
	case c.Plan.Canary && c.Status == record.Passed:
		return "canary, caught"
	case c.Plan.Canary:
		return "canary, not caught"
	case c.Judgement == nil:
		return "not judged"
	case c.Reproduced:
		return string(c.Judgement.Verdict) + ", reproduced"
	case c.Status == record.Skipped && c.Judgement.Waiver != "":
		return string(c.Judgement.Verdict) + ", waived"
	}
	return string(c.Judgement.Verdict)
}
