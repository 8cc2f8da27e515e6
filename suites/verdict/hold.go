// Package verdict turns what was measured of a cell's holds into its judgement.
// Pure functions: no clock, no engine, no test framework.
package verdict

import (
	"fmt"
	"strings"
	"time"

	"stalemate/reports/record"
)

// Hold is what is known of one hold when the harness stops watching it. Times
// are CLOCK_MONOTONIC nanoseconds; 0 means that it did not happen.
type Hold struct {
	ID          string
	Connected   int64
	Parked      int64
	LastByte    int64 // when we last sent something, the trickle included
	TrickleEnd  int64 // when a bounded trickle fell silent
	Released    int64 // as the peer saw it
	WorkerFreed int64 // the server's own socket has no owner any more
	Watched     int64 // up to here nothing escaped us
	By          record.ReleaseBy
	Detail      string
	ProvenAt    int64 // when that was seen: the server's clock had begun by then
	Proven      bool  // the server's process owns the socket and has read what was sent, or has answered
	PID         int
	Stranger    string // it was held by a process that the scenario is not about, and which
	Failed      string // the stage was not reached, and why
	NotHere     string // the target cannot have this stage, and why
}

// end is when the server let go, and how. Where the peer cannot see it (it does
// not read, so the FIN stays behind the data), the server's own socket tells.
func (h Hold) end() (int64, record.ReleaseBy) {
	if h.Released != 0 && h.By != record.ByNothing {
		return h.Released, h.By
	}
	if h.WorkerFreed != 0 {
		return h.WorkerFreed, record.BySocketGone
	}
	return 0, record.ByNothing
}

// ProvenAfterEnd says whether the proof came after the end, so that it tells nothing of the time between.
func (h Hold) ProvenAfterEnd() bool {
	end, _ := h.end()
	return end != 0 && h.ProvenAt > end
}

// one is the verdict of a single hold. Times are in seconds, -1 where there is none.
type one struct {
	verdict record.Verdict
	took    float64 // what a report shows: from where a person counts, see stood
	sooner  float64 // from the earliest moment at which the limit's clock can have begun
	later   float64 // from the latest
	worker  float64 // the worker was kept after the release
	by      string
	why     string
}

// writeAhead is by how much a server's last successful write may come before a slow
// reader's last read: kernel buffers on both sides take more than a read frees, so that it
// writes at one read of two or three (measured: up to 2.0 s at a read each 0.7 s).
const writeAhead = 2.5

// clock gives the earliest and the latest moment at which the limit began to
// count. Between them lies what we cannot see from outside: when the server
// armed its timer. Early is judged from the first, late from the second, so
// that a slow machine makes neither.
func clock(stage string, l *record.Limit, h Hold) (first, last int64) {
	last = max(h.Parked, h.LastByte, h.ProvenAt)
	switch {
	case l != nil && l.Kind == record.Idle && stage == "http.response":
		return max(h.Connected, h.LastByte-int64(writeAhead*1e9)), last
	case l != nil && l.Kind == record.Idle && h.LastByte != 0:
		return h.LastByte, last
	case l != nil && l.Kind == record.Idle:
		return h.Connected, last
	default:
		return h.Connected, max(h.Parked, h.ProvenAt)
	}
}

// stood is from where a person counts: the last byte under an idle limit, the moment of parking under another.
func stood(l *record.Limit, h Hold) int64 {
	if l != nil && l.Kind == record.Idle {
		return max(h.Parked, h.LastByte)
	}
	return h.Parked
}

// judgeHold gives one hold's verdict against a limit, or without one for a declared weakness.
func judgeHold(stage string, l *record.Limit, h Hold) one {
	switch {
	case h.NotHere != "":
		return one{verdict: record.NotApplicable, took: -1, worker: -1, why: h.NotHere}
	case h.Failed != "":
		return one{verdict: record.Inconclusive, took: -1, worker: -1, why: h.Failed}
	case h.Parked == 0:
		return one{verdict: record.Inconclusive, took: -1, worker: -1, why: "the stage was not reached"}
	case !h.Proven:
		return one{verdict: record.Inconclusive, took: -1, worker: -1,
			why: "no proof that the server's process held the connection and had read what was sent"}
	case h.Stranger != "":
		return one{verdict: record.Inconclusive, took: -1, worker: -1, why: h.Stranger}
	}
	if h.By == record.ByNothing && h.Detail != "" {
		return one{verdict: record.Inconclusive, took: -1, worker: -1, why: h.Detail}
	}
	end, by := h.end()
	if h.ProvenAfterEnd() {
		return one{verdict: record.Inconclusive, took: -1, worker: -1,
			why: fmt.Sprintf("proven only %s after the server had let go: it may have read then what it was sent", seconds(since(end, h.ProvenAt)))}
	}
	first, last := clock(stage, l, h)
	if end == 0 && l != nil && l.Kind == record.AtLeast && since(first, h.Watched) >= l.Seconds-l.TooEarly {
		return one{verdict: record.AsDeclared, took: -1, worker: -1, by: string(record.ByNothing),
			why: fmt.Sprintf("still held after %s", seconds(since(last, h.Watched)))}
	}
	if end == 0 {
		return one{verdict: record.Never, took: -1, worker: -1, by: string(record.ByNothing),
			why: fmt.Sprintf("still held after %s", seconds(since(last, h.Watched)))}
	}
	o := one{took: since(stood(l, h), end), sooner: since(first, end), later: since(last, end), worker: -1, by: byName(by, h.Detail)}
	if h.WorkerFreed != 0 {
		o.worker = max(0, since(end, h.WorkerFreed))
	}
	o.verdict = against(l, h, o, end)
	if notHere(stage, l, h, o) {
		return one{verdict: record.NotApplicable, took: -1, worker: -1,
			why: fmt.Sprintf("the server answered %s after %s, before the request was complete", h.Detail, seconds(o.took))}
	}
	if o.verdict == record.Fired && l != nil {
		o.verdict, o.why = worker(stage, l, h, o, end)
	}
	if o.verdict == record.Fired && l != nil && l.Kind == record.AtLeast {
		o.verdict = record.AsDeclared // no limit of which we know was seen to fire
	}
	return o
}

// against compares a release with its limit.
func against(l *record.Limit, h Hold, o one, end int64) record.Verdict {
	switch {
	case l == nil:
		return record.Fired // a declared weakness that was released after all
	case l.Kind == record.Idle && h.TrickleEnd == 0 && h.LastByte > h.Parked:
		return record.Early // released while bytes still came: no idle limit does that
	case l.Kind == record.Idle && h.TrickleEnd != 0 && end < h.TrickleEnd:
		return record.Early
	case l.Kind != record.Max && o.sooner < l.Seconds-l.TooEarly:
		return record.Early
	case l.Kind != record.AtLeast && o.later > l.Seconds+l.Granularity+l.TooLate:
		return record.Late
	}
	return record.Fired
}

// streamAlone says whether the release was that of a stream, whose connection may
// stay for others. The worker of a stream cannot be seen from its socket.
func streamAlone(stage string, by record.ReleaseBy) bool {
	return by == record.ByRSTStream || by == record.ByStatus && strings.HasPrefix(stage, "h2.")
}

// worker checks that the server's side let go as well.
func worker(stage string, l *record.Limit, h Hold, o one, end int64) (record.Verdict, string) {
	switch {
	case streamAlone(stage, h.By):
		return record.Fired, ""
	case h.WorkerFreed != 0 && o.worker <= l.Worker:
		return record.Fired, ""
	case h.WorkerFreed != 0:
		return record.LateWorker, fmt.Sprintf("the server kept its socket for %s after the release", seconds(o.worker))
	case since(end, h.Watched) < l.Worker:
		return record.Inconclusive, "the server's own socket was not watched for long enough after the release"
	}
	return record.LateWorker, fmt.Sprintf("the server still owned its socket %s after the release (PID %d)",
		seconds(since(end, h.Watched)), h.PID)
}

func since(from, to int64) float64 { return time.Duration(to - from).Seconds() }

func seconds(s float64) string { return fmt.Sprintf("%.2f s", s) }

func byName(by record.ReleaseBy, detail string) string {
	if detail == "" || by == record.BySocketGone {
		return string(by)
	}
	return string(by) + " " + detail
}
