package plan

import (
	"time"

	"stalemate/reports/record"
)

// The durations of a run without its holds, measured on a loaded machine with two cores and Docker 20.10. Eight pods of a batch
// were ready after 8.0 s, and nine after 8.0 s as well. A batch of eight ended 3.9 s after its longest hold, with the spread of the
// starts. Finding existing images took 0.4 s, and the end of the command less than 2 s. Building images is not included: it happens
// once, and depends on the Debian mirror.
const (
	podStartDuration = time.Second     // each pod of a batch
	batchEndDuration = 4 * time.Second // from the longest hold to the last pod's removal
	restartDuration  = 3 * time.Second // one kill and start in the startup suite with its checks, six pods at a time
	runOverhead      = 3 * time.Second // engine, canary, existing images, reports
)

// Estimate is how long a run takes without building images.
type Estimate struct {
	Expected time.Duration // every cell does what its file says
	AtMost   time.Duration // every hold is watched up to its cap, because the servers hang
	Starting time.Duration // part of both: starting and stopping pods
}

// Estimate adds up the batches. The pods of a batch hold at the same time, and those of the next batch start meanwhile.
func (p *Plan) Estimate() Estimate {
	e := Estimate{Starting: runOverhead}
	waiting := time.Duration(0) // for the holds of the previous batch
	for i, b := range p.Batches {
		e.Starting += max(0, time.Duration(len(b.Units))*podStartDuration-waiting)
		if i == len(p.Batches)-1 {
			e.Starting += batchEndDuration
		}
		var expected time.Duration
		for _, u := range b.Units {
			expected = max(expected, u.Expected())
		}
		waiting = expected
		e.Expected += expected
		e.AtMost += b.Longest()
	}
	// The startup suite uses some of its pods while the batches hold.
	all, longest := p.startSuiteDurations()
	starts := max(0, all-e.Expected*MaxStartPodsDuringBatches/MaxStartPods, longest-e.Expected)
	e.Expected += e.Starting + starts
	e.AtMost += e.Starting + starts
	return e
}

// startSuiteDurations is how long the startup suite takes with MaxStartPods pods at a time, and how long its longest unit takes. Other
// pods work while a server has to last.
func (p *Plan) startSuiteDurations() (all, longest time.Duration) {
	for _, u := range p.Starts {
		takes := 2*podStartDuration + time.Duration(u.Incarnations())*restartDuration // the pod's start and removal
		all, longest = all+takes/MaxStartPods, max(longest, takes+u.Lasting())
	}
	return all, longest
}

// Expected is how long the cell's holds last if the server behaves as expected.
func (c *Cell) Expected() time.Duration {
	l := c.Plan.Limit
	if l == nil || c.Plan.Expect == record.Never || c.Plan.Expect == record.AsDeclared {
		return c.Watch
	}
	return min(c.Watch, c.Trickle+duration(l.Seconds+l.Granularity))
}
