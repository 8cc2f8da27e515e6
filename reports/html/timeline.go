package html

import (
	"math"

	"stalemate/reports/record"
)

// The measures of a drawing, in units of the SVG's viewBox.
const (
	drawingWidth = 640.0
	leftEdge     = 6.0
	rightEdge    = 56.0 // room for the time at the end of a bar
	rowHeight    = 14.0
	axisHeight   = 16.0
)

// drawing is the timeline of one cell: a bar a hold, from parked to released, the
// window in which a release counts as fired, and the cap.
type drawing struct {
	Width, Height float64
	Bars          []bar
	Window        *span // where a release is expected
	Cap           *float64
	Ticks         []tick
	AxisY         float64
}

type span struct{ X, Width float64 }

type bar struct {
	X, Y, Width  float64
	Lead         *span // from connected to parked
	Open         bool  // not released
	Class, Label string
	LabelX       float64
	MidY, TextY  float64
	Proven       *float64
	Last         *float64 // the last byte sent
	Freed        *float64 // the server closed its socket
	Title        string
}

type tick struct {
	X, Y  float64
	Label string
}

// timeline draws the holds of a cell on one scale, from the moment at which each
// was parked; nil where nothing was ever connected.
func timeline(c *record.Cell) *drawing {
	if c.Judgement != nil && (c.Judgement.Verdict == record.NotApplicable || c.Judgement.Verdict == record.NotRun) {
		return nil // nothing was held at this stage
	}
	var holds []*record.Hold
	end := c.Plan.Cap
	for _, hold := range c.Holds {
		if hold.Connected == nil && hold.Parked == nil {
			continue
		}
		holds = append(holds, hold)
		end = max(end, hold.Lasted())
		if zero := zeroOf(hold); hold.WorkerFreed != nil {
			end = max(end, *hold.WorkerFreed-zero)
		}
	}
	limit := c.Plan.Limit
	if limit != nil {
		end = max(end, limit.Seconds+limit.Granularity+limit.TooLate)
	}
	if len(holds) == 0 || end <= 0 {
		return nil
	}
	d := &drawing{Width: drawingWidth, Height: rowHeight*float64(len(holds)) + axisHeight}
	d.AxisY = d.Height - axisHeight
	lead := 0.0 // the longest way to the stage stands before 0
	for _, hold := range holds {
		if hold.Connected != nil && hold.Parked != nil {
			lead = max(lead, *hold.Parked-*hold.Connected)
		}
	}
	lead = min(lead, end/8)
	scale := (drawingWidth - leftEdge - rightEdge) / (end + lead)
	x := func(s float64) float64 { return tenth(leftEdge + (max(s, -lead)+lead)*scale) }
	mark := func(at *float64, zero float64) *float64 {
		if at == nil {
			return nil
		}
		v := x(*at - zero)
		return &v
	}
	for i, hold := range holds {
		zero := zeroOf(hold)
		b := bar{X: x(0), Y: float64(i)*rowHeight + 3, MidY: float64(i)*rowHeight + 7, TextY: float64(i)*rowHeight + 11, Class: "passed"}
		lasted := hold.Lasted()
		b.Open = hold.Released == nil && hold.Watched != nil
		if b.Open {
			b.Class = "open"
		}
		b.Width = tenth(max(x(lasted)-b.X, 1))
		if hold.Connected != nil && hold.Parked != nil {
			from := x(*hold.Connected - zero)
			b.Lead = &span{X: from, Width: tenth(b.X - from)}
		}
		b.Proven, b.Freed = mark(hold.Proven, zero), mark(hold.WorkerFreed, zero)
		b.Last = mark(hold.LastByte, zero)
		b.LabelX = x(lasted) + 6
		if b.Freed != nil {
			b.LabelX = max(b.LabelX, *b.Freed+6)
		}
		b.Label = number(lasted)
		switch {
		case hold.Released == nil && hold.Watched == nil:
			b.Label = "no end was seen"
		case b.Open:
			b.Label = "open"
		}
		b.Title = title(hold)
		d.Bars = append(d.Bars, b)
	}
	if limit != nil {
		from := limit.Seconds - limit.TooEarly
		if limit.Kind == record.Max {
			from = 0
		}
		until := 0.0
		if limit.Kind == record.AtLeast {
			until = c.Plan.Cap
		}
		if limit.Kind == record.Idle && holds[0].LastByte != nil { // counts from the last byte
			shift := *holds[0].LastByte - zeroOf(holds[0])
			d.window(x, from+shift, shift+limit.Seconds+limit.Granularity+limit.TooLate)
		} else {
			d.window(x, from, max(until, limit.Seconds+limit.Granularity+limit.TooLate))
		}
	}
	if c.Plan.Cap > 0 {
		at := x(c.Plan.Cap)
		d.Cap = &at
	}
	step := stepOf(end)
	for at := 0.0; at <= end; at += step {
		d.Ticks = append(d.Ticks, tick{X: x(at), Y: d.Height - 4, Label: number(at)})
	}
	return d
}

func (d *drawing) window(x func(float64) float64, from, to float64) {
	d.Window = &span{X: x(from), Width: tenth(max(x(to)-x(from), 2))}
}

// zeroOf is the moment that a hold's bar begins at.
func zeroOf(h *record.Hold) float64 {
	if h.Parked != nil {
		return *h.Parked
	}
	return *h.Connected
}

// stepOf is a round distance between ticks, so that there are about six.
func stepOf(end float64) float64 {
	step := math.Pow(10, math.Floor(math.Log10(end)))
	for _, factor := range []float64{0.1, 0.2, 0.5, 1, 2} {
		if end/(step*factor) <= 7 {
			return step * factor
		}
	}
	return step * 5
}
