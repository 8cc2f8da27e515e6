package html

import (
	"fmt"
	"strings"

	"stalemate/reports/record"
)

// The measures of a strip, in units of its viewBox.
const (
	stripWidth = 150.0
	stripRow   = 5.0
)

// bars is the small picture in a cell's row: a line for each hold, the window in which a release counts as fired, and the cap. It is
// one path for all holds, because a page has a thousand of these.
type bars struct {
	Height float64
	Closed string // path of the holds that were released
	Open   string // path of those that were not
	Window string // path of the window, across all rows
	Cap    string
}

// mostStripRows is how many holds a strip shows. The card shows all.
const mostStripRows = 4

func strip(c *record.Cell) *bars {
	d := timeline(c)
	if d == nil || c.Plan.Suite == waveSuite {
		return nil
	}
	scale := stripWidth / d.Width
	x := func(v float64) string { return fmt.Sprintf("%.0f", v*scale) } // a pixel is enough
	out := &bars{}
	var closed, open strings.Builder
	n := min(len(d.Bars), mostStripRows)
	for i, b := range d.Bars[:n] {
		to := &closed
		if b.Open {
			to = &open
		}
		fmt.Fprintf(to, "M%s %sH%s", x(b.X), short(float64(i)*stripRow+2.5), x(b.X+b.Width))
	}
	out.Height = float64(n) * stripRow
	out.Closed, out.Open = closed.String(), open.String()
	if w := d.Window; w != nil {
		out.Window = fmt.Sprintf("M%s 0V%sH%sV0z", x(w.X), short(out.Height), x(w.X+max(w.Width, 6)))
	}
	if d.Cap != nil {
		out.Cap = fmt.Sprintf("M%s 0V%s", x(*d.Cap), short(out.Height))
	}
	return out
}

func short(v float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0")
}
