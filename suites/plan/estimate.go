package plan

import (
	"time"

	"stalemate/reports/record"
)

// What a run takes beside waiting. Measured on two cores of a machine that had
// other work, Docker 20.10: eight pods were ready together 8.0 s after the wave
// began, nine after 8.0 s; a wave of eight was over 3.9 s after its longest hold,
// the spread of its starts included; images that are there are found in 0.4 s
// and the command's own end takes less than 2 s. Building images is not in it:
// that happens once, and takes what a mirror of Debian takes.
const (
	podStarts = time.Second     // each pod of a wave
	waveEnds  = 4 * time.Second // from the longest hold to the last pod's removal
	runTakes  = 3 * time.Second // engine, canary, images that are there, reports
)

// Estimate is how long a run takes without building images.
type Estimate struct {
	Expected time.Duration // every cell does what its file says
	AtMost   time.Duration // every hold is watched up to its cap: servers that hold for ever
	Starting time.Duration // of both: starting and stopping
}

// Estimate sums the waves: within one all wait at the same time.
func (p *Plan) Estimate() Estimate {
	e := Estimate{Starting: runTakes}
	for _, w := range p.Waves {
		e.Starting += time.Duration(len(w.Units))*podStarts + waveEnds
		var expected time.Duration
		for _, u := range w.Units {
			for _, c := range u.Cells {
				expected = max(expected, c.Expected())
			}
		}
		e.Expected += expected
		e.AtMost += w.Longest()
	}
	e.Expected += e.Starting
	e.AtMost += e.Starting
	return e
}

// Expected is how long the cell's holds last where it comes out as expected.
func (c *Cell) Expected() time.Duration {
	l := c.Plan.Limit
	if l == nil || c.Plan.Expect == record.Never || c.Plan.Expect == record.AsDeclared {
		return c.Watch
	}
	return min(c.Watch, c.Trickle+duration(l.Seconds+l.Granularity))
}
