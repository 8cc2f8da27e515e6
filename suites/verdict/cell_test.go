package verdict_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

// at gives a monotonic time s seconds after an arbitrary beginning.
func at(s float64) int64 { return int64(1e12) + int64(s*float64(time.Second)) }

// keepalive is a limit as a target file would give it.
func keepalive() *record.Limit {
	return &record.Limit{Kind: record.Idle, Seconds: 3, TooEarly: 0.25, TooLate: 0.5, Worker: 2.5, By: "KeepAliveTimeout"}
}

// released is a proven hold. The server releases it after s seconds and frees the worker 0.1 s later.
func released(s float64) verdict.Hold {
	return verdict.Hold{HoldState: record.HoldState{Connected: at(-0.02), LastByte: at(-0.01), Parked: at(0), Proven: at(0), PID: 31,
		Released: at(s), By: record.ByFIN, WorkerFreed: at(s + 0.1), Watched: at(20)}}
}

func held() verdict.Hold {
	h := released(0)
	h.Released, h.WorkerFreed, h.By = 0, 0, record.ByNothing
	return h
}

func with(h verdict.Hold, change func(*verdict.Hold)) verdict.Hold { change(&h); return h }

func TestCell(t *testing.T) {
	timely := record.Plan{Limit: keepalive(), Expect: record.Fired, Stage: "http.keep-alive"}
	absolute := timely
	absolute.Limit = &record.Limit{Kind: record.Absolute, Seconds: 4, Granularity: 0.7, TooEarly: 0.25, TooLate: 0.5, Worker: 2.5, By: "handshake="}
	atMost := timely
	atMost.Limit = &record.Limit{Kind: record.Max, Seconds: 5, TooLate: 0.5, Worker: 2.5}
	atLeast := timely
	atLeast.Expect, atLeast.Limit = record.AsDeclared, &record.Limit{Kind: record.AtLeast, Seconds: 5, TooEarly: 0.25, Worker: 2.5}
	declared := record.Plan{Expect: record.AsDeclared, Reason: "no handshake= set", Stage: "tls.client-hello", Cap: 20}
	knownBad := record.Plan{Limit: keepalive(), Expect: record.Never, Stage: "http.keep-alive"}
	canary := record.Plan{Limit: keepalive(), Expect: record.Early, Canary: true}

	stream := timely
	stream.Stage = "h2.body"
	ended := func(by record.ReleaseBy) verdict.Hold {
		return with(released(3), func(h *verdict.Hold) { h.By, h.WorkerFreed = by, 0 })
	}

	for _, c := range []struct {
		name    string
		plan    record.Plan
		holds   []verdict.Hold
		verdict record.Verdict
		status  record.Status
	}{
		{"on time", timely, []verdict.Hold{released(3.02), released(3.1)}, record.Fired, record.Passed},
		{"just not early", timely, []verdict.Hold{released(2.76)}, record.Fired, record.Passed},
		{"early", timely, []verdict.Hold{released(2.7)}, record.Early, record.Failed},
		{"just not late", timely, []verdict.Hold{released(3.49)}, record.Fired, record.Passed},
		{"late", timely, []verdict.Hold{released(3.51)}, record.Late, record.Failed},
		{"a stream, whose connection stays", stream, []verdict.Hold{ended(record.ByRSTStream), ended(record.ByStatus)}, record.Fired, record.Passed},
		{"a goaway, and the connection stays", stream, []verdict.Hold{ended(record.ByGoAway)}, record.LateWorker, record.Failed},
		{"an answer, and the connection stays", timely, []verdict.Hold{ended(record.ByStatus)}, record.LateWorker, record.Failed},
		{"never", timely, []verdict.Hold{held()}, record.Never, record.Failed},
		{"one of two never", timely, []verdict.Hold{held(), released(3)}, record.Unstable, record.Failed},
		{"unproven", timely, []verdict.Hold{with(released(3), func(h *verdict.Hold) { h.Proven = 0 })}, record.Inconclusive, record.Unknown},
		{"not reached", timely, []verdict.Hold{{HoldState: record.HoldState{Failed: "refused"}}}, record.Inconclusive, record.Unknown},
		{"one of two not reached", timely, []verdict.Hold{{HoldState: record.HoldState{Failed: "refused"}}, released(3)}, record.Inconclusive, record.Unknown},
		{"no holds", timely, nil, record.Inconclusive, record.Unknown},
		{"not applicable", timely, []verdict.Hold{{HoldState: record.HoldState{NotApplicable: "Connection: close"}}}, record.NotApplicable, record.Skipped},
		{"worker kept", timely, []verdict.Hold{with(released(3), func(h *verdict.Hold) { h.WorkerFreed = 0 })}, record.LateWorker, record.Failed},
		{"worker late", timely, []verdict.Hold{with(released(3), func(h *verdict.Hold) { h.WorkerFreed = at(6) })}, record.LateWorker, record.Failed},
		{"worker not watched", timely, []verdict.Hold{with(released(3), func(h *verdict.Hold) { h.WorkerFreed, h.Watched = 0, at(4) })}, record.Inconclusive, record.Unknown},
		{"only the server's socket tells", timely, []verdict.Hold{with(released(3), func(h *verdict.Hold) { h.Released, h.By = 0, record.ByNothing })}, record.Fired, record.Passed},

		{"idle trickle, then idle", timely, []verdict.Hold{with(released(8), func(h *verdict.Hold) { h.LastByte, h.TrickleEnd = at(5), at(5) })}, record.Fired, record.Passed},
		{"idle limit that ends a trickle", timely, []verdict.Hold{with(released(3.2), func(h *verdict.Hold) { h.LastByte = at(2.8) })}, record.Early, record.Failed},
		{"absolute trickle within its granularity", absolute, []verdict.Hold{with(released(4.9), func(h *verdict.Hold) { h.LastByte = at(4.8) })}, record.Fired, record.Passed},
		{"absolute trickle late", absolute, []verdict.Hold{with(released(5.3), func(h *verdict.Hold) { h.LastByte = at(5.2) })}, record.Late, record.Failed},
		{"slow machine: connected long before parked", absolute, []verdict.Hold{with(released(3.6), func(h *verdict.Hold) { h.Connected = at(-0.5) })}, record.Fired, record.Passed},
		{"a server that took the connection late", timely, []verdict.Hold{with(released(4.5), func(h *verdict.Hold) { h.Proven = at(1.4) })}, record.Late, record.Failed},
		{"proven after the end alone", timely, []verdict.Hold{with(released(60), func(h *verdict.Hold) { h.Proven = at(60.05) })}, record.Inconclusive, record.Unknown},
		{"max, sooner", atMost, []verdict.Hold{released(0.5)}, record.Fired, record.Passed},
		{"max, later", atMost, []verdict.Hold{released(5.6)}, record.Late, record.Failed},

		{"at least, and never", atLeast, []verdict.Hold{held()}, record.AsDeclared, record.Passed},
		{"at least, and later", atLeast, []verdict.Hold{released(9)}, record.AsDeclared, record.Passed},
		{"at least, both", atLeast, []verdict.Hold{released(9), held()}, record.AsDeclared, record.Passed},
		{"at least, and sooner", atLeast, []verdict.Hold{released(4.7)}, record.Early, record.Failed},
		{"at least, not watched for so long", atLeast, []verdict.Hold{with(held(), func(h *verdict.Hold) { h.Watched = at(4) })}, record.Never, record.Failed},
		{"at least, and the worker kept", atLeast, []verdict.Hold{with(released(9), func(h *verdict.Hold) { h.WorkerFreed = 0 })}, record.LateWorker, record.Failed},

		{"weakness seen", declared, []verdict.Hold{held()}, record.AsDeclared, record.Passed},
		{"weakness gone", declared, []verdict.Hold{released(6)}, record.Fired, record.Failed},
		{"known bad is bad", knownBad, []verdict.Hold{held()}, record.Never, record.Passed},
		{"known bad is good", knownBad, []verdict.Hold{released(3)}, record.Fired, record.Failed},
		{"canary caught", canary, []verdict.Hold{released(1)}, record.Early, record.Passed},
		{"canary corrected", canary, []verdict.Hold{released(3)}, record.Fired, record.Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			j := verdict.Cell(c.plan, c.holds)
			g.Expect(j.Verdict).To(Equal(c.verdict), j.Message)
			g.Expect(j.Status).To(Equal(c.status), j.Message)
			g.Expect(j.Message).To(HavePrefix(string(c.verdict)))
		})
	}
}

func TestAStreamHasNoWorkerThatItsSocketShows(t *testing.T) {
	g := NewWithT(t)
	hold := with(released(3), func(h *verdict.Hold) { h.By, h.Detail, h.WorkerFreed = record.ByRSTStream, "CANCEL", 0 })
	plan := record.Plan{Limit: keepalive(), Expect: record.Fired, Stage: "h2.body"}
	j := verdict.Cell(plan, []verdict.Hold{hold, released(3)})
	three, tenth, zero := 3.0, 0.1, 0.0
	g.Expect(j.Holds).To(Equal([]record.HoldResult{{Released: &three, By: record.ByRSTStream, Detail: "CANCEL", Proven: &zero},
		{Released: &three, By: record.ByFIN, Worker: &tenth, Proven: &zero}}))
	g.Expect(j.Holds[0].ReleasedBy()).To(Equal("rst-stream CANCEL"))
	j = verdict.Cell(plan, []verdict.Hold{held()})
	g.Expect(j.Severity).To(Equal(record.High), "a stranger can hold it for ever")
	banner := record.Plan{Limit: keepalive(), Expect: record.Fired, Stage: "banner"}
	g.Expect(verdict.Cell(banner, []verdict.Hold{held()}).Severity).To(Equal(record.High), "a conversation of the file, before anybody had to show who they are")
}

func TestMessageNamesMeasuredExpectedAndDirective(t *testing.T) {
	g := NewWithT(t)
	j := verdict.Cell(record.Plan{Limit: keepalive(), Expect: record.Fired, Stage: "http.keep-alive"},
		[]verdict.Hold{released(30)})
	g.Expect(j.Message).To(And(ContainSubstring("30.00 s by fin"), ContainSubstring("3 s idle, -0.25/+0.5 s"), ContainSubstring("KeepAliveTimeout")))
	g.Expect(j.Severity).To(Equal(record.Medium))
}

// A hold that did what its file says is late all the same where a policy allows less.
func TestAPolicysBoundIsJudgedBesideTheLimit(t *testing.T) {
	for _, one := range []struct {
		bound  float64
		want   record.Verdict
		status record.Status
	}{{2, record.Late, record.Failed}, {3, record.Fired, record.Passed}, {4, record.Fired, record.Passed}} {
		g := NewWithT(t)
		p := record.Plan{Stage: "http.keep-alive", Expect: record.Fired,
			Limit: &record.Limit{Kind: record.Idle, Seconds: 3, TooEarly: 0.25, TooLate: 0.5, Worker: 2.5, By: "keepalive_timeout"},
			Bound: &record.Limit{Kind: record.Max, Seconds: one.bound, TooEarly: 0.25, TooLate: 0.5, Worker: 2.5, By: "policy fleet.yaml"}}
		h := verdict.Hold{HoldState: record.HoldState{ID: "1", Connected: 1e9, Parked: 1e9, LastByte: 1e9, Released: 4e9, WorkerFreed: 4e9, Watched: 8e9, By: record.ByFIN, Proven: 1e9}}
		j := verdict.Cell(p, []verdict.Hold{h})
		g.Expect(j.Verdict).To(Equal(one.want))
		g.Expect(j.Status).To(Equal(one.status))
		if one.want == record.Late {
			g.Expect(j.Message).To(And(ContainSubstring("policy fleet.yaml"), ContainSubstring("the target file's limit is 3 s idle"), ContainSubstring("keepalive_timeout")))
			g.Expect(j.Severity).To(Equal(record.Low))
		}
	}
}
