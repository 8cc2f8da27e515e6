package html

import (
	"fmt"
	"slices"
	"strings"

	"stalemate/reports/record"
)

// waveSuite is the suite whose cells are waves: their clients vanish, so only the server's end shows when a hold ended.
const waveSuite = "exhaustion"

// waveDrawing is a wave over time: how many connections a worker of the server holds, and whether a fresh client is served.
type waveDrawing struct {
	Width, Height float64
	Area          string // path: connections that a worker holds
	Most          int
	Lane          []laneSpan
	Limit         *float64 // until then the server must have recovered
	Ticks         []tick
	Last          float64 // the last connection was opened
	AxisY         float64
	Words         string // what the picture shows, for those who do not see it
}

type laneSpan struct {
	X, Width float64
	Served   bool
}

// The measures of a wave's drawing.
const (
	areaHeight = 60.0
	laneHeight = 10.0
)

func wave(c *record.Cell) *waveDrawing {
	if c.Plan.Suite != waveSuite {
		return nil
	}
	first, last, end := -1.0, 0.0, 0.0
	type step struct {
		at float64
		by int
	}
	var steps []step
	for _, h := range c.Holds {
		if h.Connected == nil {
			continue
		}
		if first < 0 || *h.Connected < first {
			first = *h.Connected
		}
		last = max(last, *h.Connected)
		end = max(end, *h.Connected+1)
		if h.Proven == nil {
			continue
		}
		steps = append(steps, step{*h.Proven, 1})
		if h.WorkerFreed != nil {
			steps = append(steps, step{*h.WorkerFreed, -1})
			end = max(end, *h.WorkerFreed)
		} else if h.Watched != nil {
			end = max(end, *h.Watched)
		}
	}
	if len(steps) == 0 {
		return nil
	}
	from := first
	for _, n := range c.Notes {
		if n.Served != nil {
			from, end = min(from, n.At), max(end, n.At)
		}
	}
	if c.Judgement != nil {
		end = max(end, first+c.Judgement.Took)
	}
	slices.SortStableFunc(steps, func(a, b step) int {
		if a.at < b.at {
			return -1
		}
		return 1
	})
	d := &waveDrawing{Width: drawingWidth, Height: laneHeight + 4 + areaHeight + axisHeight, AxisY: laneHeight + 4 + areaHeight}
	scale := (drawingWidth - leftEdge - rightEdge) / (end - from)
	x := func(at float64) float64 { return tenth(leftEdge + (at-from)*scale) }
	held, most := 0, 0
	for _, s := range steps {
		held += s.by
		most = max(most, held)
	}
	d.Most = most
	y := func(n int) string { return short(d.AxisY - areaHeight*float64(n)/float64(max(most, 1))) }
	var area strings.Builder
	fmt.Fprintf(&area, "M%s %s", short(x(steps[0].at)), y(0))
	held = 0
	for _, s := range steps {
		held += s.by
		fmt.Fprintf(&area, "H%sV%s", short(x(s.at)), y(held))
	}
	fmt.Fprintf(&area, "H%sV%sz", short(x(end)), y(0))
	d.Area, d.Last = area.String(), x(last)
	d.lane(c, x, end)
	if l := c.Plan.Limit; l != nil {
		at := x(min(end, last+l.Seconds+l.TooLate))
		d.Limit = &at
	}
	for at := 0.0; at <= end-first; at += stepOf(end - first) {
		d.Ticks = append(d.Ticks, tick{X: x(first + at), Y: d.Height - 4, Label: number(at)})
	}
	d.Words = fmt.Sprintf("At most %d connections are held by workers at once; at the end %d are.", most, held)
	return d
}

// lane is whether a fresh client was served, from one change to the next.
func (d *waveDrawing) lane(c *record.Cell, x func(float64) float64, end float64) {
	var seen []record.NoteAt
	for _, n := range c.Notes {
		if n.Served != nil {
			seen = append(seen, n)
		}
	}
	for i, n := range seen {
		until := end
		if i+1 < len(seen) {
			until = seen[i+1].At
		}
		d.Lane = append(d.Lane, laneSpan{X: x(n.At), Width: tenth(max(x(until)-x(n.At), 1)), Served: *n.Served})
	}
}
