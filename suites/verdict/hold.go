// Package verdict judges cells from their measurements, with pure functions: no clock, no engine, no test framework.
package verdict

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"stalemate/reports/record"
)

// Hold is one hold as it is judged: what the attacker and the inspector reported until stalemate
// stopped watching it, at Watched.
type Hold struct {
	record.HoldState
	Main     *record.ProcessEnd // how the target's main process ended; nil: it lives
	Stranger string             // which process held it, if the scenario is about another one
	Stalls   []Stall            // of this machine, while it was held
	With     string             // the hold of another cell whose limit fired when this one ended, see EndedWith
	Capacity int                // how many connections the server was seen to serve at a time, all holds of its pod together
	Company  int                // how many other holds the server had when this one connected; 0 where these came one after the other
	Freed    int                // how many of them ended between that and the proof
}

// ProvenAfterEnd says whether the proof came after the end. Such a proof does not show that the process had the bytes earlier.
func (h Hold) ProvenAfterEnd() bool {
	end, _ := h.Ended()
	return end != 0 && h.Proven > end
}

// judgedHold is the verdict of a single hold.
type judgedHold struct {
	verdict record.Verdict
	result  record.HoldResult
	took    float64 // what a report shows, in seconds
	sooner  float64 // from the earliest moment at which the limit's clock can have begun
	later   float64 // from the latest
	why     string
	waited  bool // the connection waited for the server, and why says where
	again   bool // inconclusive by chance: another try may decide
	crowded bool // inconclusive because of other holds in its pod
}

// judgeHold gives one hold's verdict against a limit, or without one for a declared weakness.
func judgeHold(stage string, l *record.Limit, h Hold) judgedHold {
	o := withCrash(l, judgeRelease(stage, l, h), h)
	if o.verdict == record.Fired && l != nil {
		end, _ := h.Ended()
		o.verdict, o.why = worker(stage, l, h, end)
		o.again = o.verdict == record.Inconclusive
	}
	return declared(l, o)
}

// declared is the verdict where only the least time is known.
func declared(l *record.Limit, o judgedHold) judgedHold {
	if o.verdict == record.Fired && l != nil && l.Kind == record.AtLeast {
		o.verdict = record.AsDeclared // no limit of which we know was seen to fire
	}
	return o
}

// unproven says why a hold proves nothing, or "".
func unproven(h Hold) string {
	end, _ := h.Ended()
	switch {
	case h.Failed != "":
		return joined(h.Failed, refusedByNumber(h))
	case h.Parked == 0:
		return "the stage was not reached"
	case h.Stranger != "":
		return h.Stranger
	case h.By == record.ByNothing && h.Detail != "":
		return h.Detail
	case queued(h, end) != "":
		return "" // the client's time counts: the connection waited for the server
	case h.Refused != "":
		return "" // its answer shows that the server has the connection
	case h.Proven == 0:
		return "no proof that the server's process held the connection and read what was sent"
	case h.ProvenAfterEnd():
		return fmt.Sprintf("proven only %s after the server released the connection: it may have read the bytes that late", seconds(since(end, h.Proven)))
	}
	return ""
}

// judgeRelease compares when a hold was released with its limit. It does not judge the server's worker.
func judgeRelease(stage string, l *record.Limit, h Hold) judgedHold {
	if h.NotApplicable != "" {
		return judgedHold{verdict: record.NotApplicable, why: h.NotApplicable}
	}
	end, by := h.Ended()
	if why := unserved(h); why != "" {
		return judgedHold{verdict: record.Never, waited: true, why: why, result: record.HoldResult{By: record.ByNothing}}
	}
	if why := unproven(h); why != "" {
		return judgedHold{verdict: record.Inconclusive, why: why, again: h.Parked != 0 && h.Stranger == "" && h.Failed == "" && end != 0}
	}
	first, last := origins(stage, l, h)
	waiting := queued(h, end)
	if end == 0 {
		o := judgeKept(l, h, first, last, waiting)
		o.why = joined(o.why, insisted(h))
		return o
	}
	if l != nil && l.Kind == record.Idle && writes(stage, h) && h.Wrote == 0 && h.Refused == "" {
		return judgedHold{verdict: record.Inconclusive, why: "stalemate did not see when the server last wrote", again: true}
	}
	if l != nil && l.ReleasedBy != "" && by != record.BySaid {
		return judgedHold{verdict: record.Never, result: record.HoldResult{By: by, Detail: h.Detail, Proven: lag(h)},
			why: fmt.Sprintf("the server ended the connection (%s) %s after the stage was reached, and had not said what matches %q", by, seconds(since(last, end)), l.ReleasedBy)}
	}
	o := judgedHold{sooner: since(first, end), later: since(last, end), waited: waiting != ""}
	o.verdict, o.took = against(l, o)
	o.result = record.HoldResult{Released: rounded(o.took), By: by, Detail: h.Detail, Proven: lag(h)}
	switch {
	case connectionStays(stage, h.By): // its socket shows nothing of its worker
	case h.WorkerFreed != 0:
		o.result.Worker = rounded(max(0, since(end, h.WorkerFreed)))
	default:
		o.result.WorkerKept = true
	}
	if no, is := refused(stage, l, h, o, end); is {
		return no
	}
	return doubt(stage, l, h, o, end, joined(insisted(h), waiting))
}

// doubt adds to a verdict what makes it inconclusive, or why it is as it is.
func doubt(stage string, l *record.Limit, h Hold, o judgedHold, end int64, waiting string) judgedHold {
	why, crowded := "", false
	switch {
	case o.verdict == record.Late:
		if _, last := origins(stage, l, h); waiting != "" {
			why = crowdedOut(l, h, last, end)
			crowded = why != ""
		}
		why = cmp.Or(why, explains(h, end, excess(l, o)))
	case o.verdict == record.Fired && waiting != "" && h.Proven == 0:
		why = "the server closed the connection and had never read from it"
	case o.verdict == record.Fired:
		way := ambiguous(l, o)
		crowded = way != "" && h.Company > 0 // a worker that had to be started may have kept the client on its way
		why = cmp.Or(way, noticedLate(stage, l, h, end))
	}
	if cut := interrupted(stage, l, h, end); cut != "" {
		why = cut
	}
	if why != "" {
		return judgedHold{verdict: record.Inconclusive, result: o.result, took: o.took, why: joined(why, waiting), again: true, crowded: crowded}
	}
	o.why = waiting
	return o
}

// judgeKept judges a hold that the server kept as long as it was watched.
func judgeKept(l *record.Limit, h Hold, first, last int64, waiting string) judgedHold {
	o := judgedHold{verdict: record.Never, result: record.HoldResult{By: record.ByNothing, WorkerKept: true, Proven: lag(h)}, waited: waiting != "" && h.Proven == 0,
		why: joined(fmt.Sprintf("still open after %s", seconds(since(last, h.Watched))), waiting)}
	if l != nil && l.Kind == record.AtLeast && since(first, h.Watched) >= l.Seconds-l.TooEarly && !o.waited {
		o.verdict = record.AsDeclared
	}
	return o
}

// lag is the time from parking until the proof.
func lag(h Hold) *float64 {
	if h.Proven == 0 {
		return nil
	}
	return rounded(max(0, since(h.Parked, h.Proven)))
}

// joined joins reasons, of which some may be "".
func joined(reasons ...string) string {
	return strings.Join(slices.DeleteFunc(reasons, func(s string) bool { return s == "" }), "; ")
}

// connectionStays says whether the server released a stream only, or said what `released_by` names. The connection may stay open,
// so its socket shows nothing of the worker.
func connectionStays(stage string, by record.ReleaseBy) bool {
	return by == record.BySaid || by == record.ByRSTStream || by == record.ByStatus && strings.HasPrefix(stage, "h2.")
}

// worker checks that the server closed its socket as well, which frees the worker.
func worker(stage string, l *record.Limit, h Hold, end int64) (record.Verdict, string) {
	late := since(end, h.WorkerFreed)
	switch {
	case connectionStays(stage, h.By):
		return record.Fired, ""
	case h.WorkerFreed != 0 && late <= l.Worker:
		return record.Fired, ""
	case h.WorkerFreed != 0:
		why := fmt.Sprintf("%s for %s after the release", kept(h), seconds(late))
		if doubt := explains(h, h.WorkerFreed, late-l.Worker); doubt != "" {
			return record.Inconclusive, why + "; " + doubt
		}
		return record.LateWorker, why
	case since(end, h.Watched) < l.Worker:
		return record.Inconclusive, fmt.Sprintf("stalemate watched the server's socket for only %s after the release; %g s are needed",
			seconds(since(end, h.Watched)), l.Worker)
	}
	return record.LateWorker, fmt.Sprintf("%s %s after the release", stillOwned(h), seconds(since(end, h.Watched)))
}

func since(from, to int64) float64 { return time.Duration(to - from).Seconds() }

func seconds(s float64) string { return fmt.Sprintf("%.2f s", s) }
