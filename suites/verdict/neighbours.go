package verdict

import (
	"fmt"
	"time"

	"stalemate/reports/record"
)

const (
	// sameMoment is how far apart, at most, a client sees the ends of connections that the server closes in one go.
	sameMoment = 50 * time.Millisecond
	// coarsest is the granularity above which an end at the same moment means nothing: such a server closes everything that is due
	// when it next looks. Seconds.
	coarsest = 1.0
	// longerAlone is by which factor, and by how many seconds, a connection without neighbours has to last longer than one beside
	// them. A limit that both meet is far from that.
	longerAlone, longerAloneBy = 1.25, 0.5
)

// Neighbour is a hold of another cell in the same pod.
type Neighbour struct {
	Plan record.Plan
	Hold
}

// EndedWith is the name of a neighbour whose limit fired at the moment at which a hold ended; "" for none. It is asked about a hold
// that may end sooner than its limit: elsewhere an end at another moment than the limit's is early anyway.
func EndedWith(plan record.Plan, h Hold, neighbours []Neighbour) string {
	end, _ := h.Ended()
	if end == 0 || plan.Limit == nil || plan.Limit.Kind != record.Max {
		return ""
	}
	for _, n := range neighbours {
		l := n.Plan.Limit
		if l == nil || l.Kind != record.Idle && l.Kind != record.Absolute || l.Granularity > coarsest {
			continue
		}
		if at, _ := n.Ended(); at == 0 || max(at-end, end-at) > int64(sameMoment) {
			continue
		}
		if Release(n.Plan.Stage, *l, n.Hold).Verdict == record.Fired {
			return n.ID
		}
	}
	return ""
}

// AddAlone adds to the judgement of a silent cell that may end sooner than its limit what the cell in mode alone of the same stage
// says. Every hold of the silent cell ended when the limit of a neighbour fired, and the same hold lasts longer without neighbours:
// then it was the neighbour's timeout that ended it. An end at the same moment is not enough for that. A server that looks at its
// timers each second ends in one go whatever is due by the same timeout.
func AddAlone(j *record.Judgement, plan record.Plan, address string, alone record.Judgement) {
	if j.Verdict != record.Fired || j.Status != record.Passed || plan.Limit == nil || len(alone.Holds) == 0 || alone.Holds[0].Released == nil || alone.Status != record.Passed {
		return
	}
	lasted := *alone.Holds[0].Released
	for _, h := range j.Holds {
		if h.Released == nil || h.EndedWith == "" || lasted <= longerAlone**h.Released+longerAloneBy+plan.Limit.Granularity {
			return
		}
	}
	finding := fmt.Sprintf("the timeout of another connection ends this one: it was closed when the limit of %s fired; alone, it lasts %s (%s)",
		j.Holds[0].EndedWith, seconds(lasted), address)
	j.Verdict, j.Status = record.Unstable, record.Failed
	j.Severity = severity(plan, *j)
	j.Because = joined(finding, j.Because)
	j.Message = fmt.Sprintf("%s: measured %s; expected %s; %s", j.Verdict, releases(*j), Limit(plan.Limit), finding)
}
