// Package html writes a run as one self-contained page, light or dark like the reader's system. It opens on what failed. Everything
// can be read without its script, which filters and copies. The pictures are a few SVG shapes each, so no library draws them.
package html

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"

	"stalemate/reports/record"
)

//go:embed page.html
var page string

//go:embed parts.html
var parts string

//go:embed page.css
var style string

//go:embed filter.js
var script string

// Write writes the summary of a run to out.
func Write(out io.Writer, s record.Summary) error {
	text, data := page, any(newView(s))
	if s.Comparison != nil {
		text, data = comparisonPage, newComparison(s)
	}
	parsed, err := template.New("page").Funcs(functions(s)).Parse(text)
	if err == nil {
		_, err = parsed.Parse(parts)
	}
	if err != nil {
		return fmt.Errorf("write the HTML report: %w", err)
	}
	if err := parsed.Execute(printableWriter{out}, data); err != nil {
		return fmt.Errorf("write the HTML report: %w", err)
	}
	return nil
}

// frame is what every page needs: stalemate's own style and script, and the policy that lets a browser run nothing else.
type frame struct {
	Style  template.CSS
	Script template.JS
	Policy string
}

func newFrame() frame {
	sum := sha256.Sum256([]byte(script))
	return frame{Style: template.CSS(style), Script: template.JS(script),
		Policy: "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"}
}

type view struct {
	record.Summary
	frame
	Totals   record.Totals
	Counts   []count
	Red      []*record.Cell // what failed, then what is inconclusive
	Matrices []matrix
	Glossary []entry
}

// mostOpen is how many cards are open at first.
const mostOpen = 20

func newView(s record.Summary) view {
	v := view{Summary: s, frame: newFrame(), Totals: s.Totals(), Counts: counts(s.Tally), Matrices: matrices(s), Glossary: glossary(s)}
	for _, c := range s.Cells() {
		if listed(c) {
			v.Red = append(v.Red, c)
		}
	}
	slices.SortStableFunc(v.Red, func(a, b *record.Cell) int { return redness(a) - redness(b) })
	return v
}

// redness orders the cards: what makes the run fail by severity, then what is inconclusive, then what is below --fail-on.
func redness(c *record.Cell) int {
	at := 10
	if c.Judgement != nil {
		at = slices.Index(record.Severities(), c.Judgement.Severity)
	}
	switch {
	case c.Below:
		return 30 + at
	case c.Status != record.Failed:
		return 20
	case at < 0:
		return 10
	}
	return at
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
