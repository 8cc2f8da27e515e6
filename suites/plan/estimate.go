package plan

import (
	"time"

	"stalemate/reports/record"
)

// What a run takes beside waiting. Measured on two cores of a machine that had
// other work, Docker 20.10: eight pods were ready together 8.0 s after the wave
// began, nine after 8.0 s, and one after the other takes no longer; a wave of eight was over 3.9 s after its longest hold,
// the spread of its starts included; images that are there are found in 0.4 s
// and the command's own end takes less than 2 s. Building images is not in it:
// that happens once, and takes what a mirror of Debian takes.
const (
	podStarts  = time.Second     // each pod of a wave
	waveEnds   = 4 * time.Second // from the longest hold to the last pod's removal
	startTakes = 3 * time.Second // a death and a start of the start suite, with its oracles and lists, six pods at once
	runTakes   = 3 * time.Second // engine, canary, images that are there, reports
)

// Estimate is how long a run takes without building images.
type Estimate struct {
	Expected time.Duration // every cell does what its file says
	AtMost   time.Duration // every hold is watched up to its cap: servers that hold for ever
	Starting time.Duration // of both: starting and stopping
}

// Estimate sums the waves: within one all wait at the same time, and the pods of the next are started meanwhile.
func (p *Plan) Estimate() Estimate {
	e := Estimate{Starting: runTakes}
	waiting := time.Duration(0) // of the wave before, expected
	for i, w := range p.Waves {
		e.Starting += max(0, time.Duration(len(w.Units))*podStarts-waiting)
		if i == len(p.Waves)-1 {
			e.Starting += waveEnds
		}
		var expected time.Duration
		for _, u := range w.Units {
			for _, c := range u.Cells {
				expected = max(expected, c.Expected())
			}
		}
		waiting = expected
		e.Expected += expected
		e.AtMost += w.Longest()
	}
	// The start suite has some of its places beside the waits.
	starts := max(0, p.startsTake()-e.Expected*StartPodsBesideWaves/StartPodsAtOnce)
	e.Expected += e.Starting + starts
	e.AtMost += e.Starting + starts
	return e
}

// startsTake is how long the start suite takes: its pods share StartPodsAtOnce places, and none is done before its own starts are.
func (p *Plan) startsTake() time.Duration {
	all, longest := time.Duration(0), time.Duration(0)
	for _, u := range p.Starts {
		takes := 2*podStarts + time.Duration(u.Incarnations())*startTakes // up, and gone again
		all, longest = all+takes, max(longest, takes)
	}
	return max(longest, all/StartPodsAtOnce)
}

// Expected is how long the cell's holds last where it comes out as expected.
func (c *Cell) Expected() time.Duration {
	l := c.Plan.Limit
	if l == nil || c.Plan.Expect == record.Never || c.Plan.Expect == record.AsDeclared {
		return c.Watch
	}
	return min(c.Watch, c.Trickle+duration(l.Seconds+l.Granularity))
}
