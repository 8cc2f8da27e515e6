package html

import (
	"fmt"
	"slices"

	"stalemate/reports/record"
)

// lanes are the incarnations of a scenario on one time axis.
type lanes struct {
	Width, Height float64
	Lives         []lane
	Ticks         []tick
	AxisY         float64
}

type lane struct {
	X, Y, Width, TextY float64
	Ready              *span // from its start until it served
	Served             bool
	Label              string
	LabelX             float64
}

// mostLives is how many incarnations a picture shows.
const mostLives = 12

// startLanes draws the incarnations of a cell; nil where it has none.
func startLanes(s record.Summary, c *record.Cell) *lanes {
	var lives []record.Life
	first, last := -1.0, 0.0
	for _, target := range s.Targets {
		for _, life := range target.Incarnations {
			if life.Cell != c.Address || life.Started == nil {
				continue
			}
			lives = append(lives, life)
			if first < 0 || *life.Started < first {
				first = *life.Started
			}
			for _, at := range []*float64{life.Started, life.Ready, life.Ended} {
				if at != nil {
					last = max(last, *at)
				}
			}
		}
	}
	if len(lives) == 0 || last <= first {
		return nil
	}
	lives = lives[:min(len(lives), mostLives)]
	d := &lanes{Width: drawingWidth, Height: rowHeight*float64(len(lives)) + axisHeight}
	d.AxisY = d.Height - axisHeight
	const labels = 190.0 // room for the text after the last bar
	scale := (drawingWidth - leftEdge - labels) / (last - first)
	x := func(at float64) float64 { return tenth(leftEdge + (at-first)*scale) }
	for i, life := range lives {
		end := last
		if life.Ended != nil {
			end = *life.Ended
		}
		one := lane{X: x(*life.Started), Y: float64(i)*rowHeight + 3, TextY: float64(i)*rowHeight + 11, Served: life.Ready != nil, LabelX: x(end) + 6}
		one.Width = tenth(max(x(end)-one.X, 1))
		one.Label = fmt.Sprintf("%d: PID %d", life.Number, life.PID)
		if life.Reused {
			one.Label += " reused"
		}
		switch {
		case life.Ready != nil:
			one.Ready = &span{X: one.X, Width: tenth(max(x(*life.Ready)-one.X, 1))}
			one.Label += fmt.Sprintf(", served after %s", number(*life.Ready-*life.Started))
		default:
			one.Label += ", did not serve"
		}
		if life.How != "" {
			one.Label += ", " + life.How
		}
		d.Lives = append(d.Lives, one)
	}
	for at := 0.0; at <= last-first; at += stepOf(last - first) {
		d.Ticks = append(d.Ticks, tick{X: x(first + at), Y: d.Height - 4, Label: number(at)})
	}
	return d
}

// appeared is a leftover that was not there before, and which incarnation met it.
type appeared struct {
	Kind, Name, Detail string
	Incarnation        int
}

// mostLeftovers is how many leftovers a cell shows.
const mostLeftovers = 10

// appearedIn is what was left behind in a cell: each thing once, as the diff of two lists.
func appearedIn(s record.Summary, c *record.Cell) []appeared {
	var all []appeared
	for _, target := range s.Targets {
		for _, l := range target.Leftovers {
			if l.Cell != c.Address || !l.New {
				continue
			}
			one := appeared{Kind: l.Leftover.Kind, Name: l.Leftover.Name, Incarnation: l.Inc}
			if l.Key != "" {
				one.Detail = "key " + l.Key
			}
			if !slices.ContainsFunc(all, func(other appeared) bool { return other.Kind == one.Kind && other.Name == one.Name }) && len(all) < mostLeftovers {
				all = append(all, one)
			}
		}
	}
	return all
}

// hasMore says whether a cell has more to tell than its row does.
func hasMore(s record.Summary, c *record.Cell) bool {
	return c.Reproduced || len(c.Autopsies) > 0 || c.Plan.Suite == waveSuite || c.Plan.Scenario != "" && len(appearedIn(s, c)) > 0 ||
		startLanes(s, c) != nil || c.Judgement != nil && (c.Judgement.Waiver != "" || c.Judgement.Because != "")
}
