package verdict

import (
	"fmt"

	"stalemate/reports/record"
)

// Proof says why a hold proves nothing: the stage was not reached, no process of the server has read
// what was sent, ... It is "" where the hold is proven.
func Proof(h Hold) string {
	if h.NotApplicable != "" {
		return h.NotApplicable
	}
	return unproven(h)
}

// Release judges only when one hold was released. Worker judges when its worker was freed.
func Release(stage string, limit record.Limit, h Hold) record.Judgement {
	o := declared(&limit, withCrash(&limit, judgeRelease(stage, &limit, h), h))
	plan := record.Plan{Stage: stage, Limit: &limit, Expect: record.Fired}
	j := record.Judgement{Verdict: o.verdict, Expect: plan.Expect, Status: status(plan, o.verdict), Holds: []record.HoldResult{o.result}}
	j.Because = reasons([]judgedHold{o})
	j.Message = message(plan, j, []judgedHold{o})
	return j
}

// Worker judges whether the server closed its socket within limit.Worker seconds after the release of a
// hold: Fired, LateWorker or Inconclusive.
func Worker(stage string, limit record.Limit, h Hold) record.Judgement {
	j := record.Judgement{Expect: record.Fired}
	end, _ := h.Ended()
	why := unproven(h)
	if why == "" && end == 0 {
		why = "the server has not released the connection"
	}
	if why == "" && connectionStays(stage, h.By) {
		why = "the server released the stream, or said something, and its connection may serve on"
	}
	if why != "" {
		return unknown(j, why)
	}
	if j.Verdict, why = worker(stage, &limit, h, end); j.Verdict == record.Inconclusive {
		return unknown(j, why)
	}
	measured := "the worker was not freed"
	if h.WorkerFreed != 0 {
		measured = fmt.Sprintf("the worker was freed %s after the release", seconds(max(0, since(end, h.WorkerFreed))))
	}
	j.Status = status(record.Plan{Stage: stage, Expect: record.Fired}, j.Verdict)
	j.Message = fmt.Sprintf("%s: measured: %s; expected within %g s", j.Verdict, measured, limit.Worker)
	if limit.By != "" {
		j.Message += " (" + limit.By + ")"
	}
	if why != "" {
		j.Message += "; " + why
	}
	return j
}
