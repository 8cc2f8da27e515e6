package verdict

import (
	"fmt"

	"stalemate/reports/record"
)

// AddCrashes checks a cell in which a process of the server is expected to die when the limit is over. It must have died with each
// hold, of the signal, and at the time at which the limit would have closed the connection. A crash of another kind is a failure.
func AddCrashes(j *record.Judgement, plan record.Plan, signal string, holds []Hold) {
	if j.Verdict != record.Crashed || j.Status != record.Passed {
		return
	}
	for i, h := range holds {
		e, died := crashOf(h)
		alive := h
		alive.Ends, alive.Main = nil, nil
		o := judgeHold(plan.Stage, plan.Limit, alive)
		why := ""
		switch {
		case o.verdict == record.Inconclusive:
			j.Verdict, j.Status = record.Inconclusive, record.Unknown
			j.Message = fmt.Sprintf("inconclusive: hold %d of %d: %s; %s", i+1, len(holds), o.why, j.Message)
			return
		case !died:
			why = fmt.Sprintf("no process died with hold %d of %d", i+1, len(holds))
		case e.Signal != signal:
			why = fmt.Sprintf("hold %d of %d ended with %s", i+1, len(holds), e)
		case o.verdict != record.Fired:
			why = fmt.Sprintf("hold %d of %d ended at another time than the limit: %s", i+1, len(holds), o.verdict)
		default:
			j.Evidence = append(j.Evidence, e.String()+when(h, e))
			continue
		}
		j.Status, j.Severity = record.Failed, severity(plan, *j)
		j.Message += fmt.Sprintf("; %s; expected %s at the limit", why, signal)
		return
	}
}

// crashOf is the crash with which a hold ended.
func crashOf(h Hold) (record.ProcessEnd, bool) {
	if diedWith(h) {
		return *h.Main, true
	}
	for _, e := range h.Ends {
		if crash(e, h) {
			return e, true
		}
	}
	return record.ProcessEnd{}, false
}
