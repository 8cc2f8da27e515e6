package verdict_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

// TestAnEndOfAProcessIsACrashOrNot: the hold is connected at 10 s, and ends at 13 s.
func TestAnEndOfAProcessIsACrashOrNot(t *testing.T) {
	const second = int64(1e9)
	status := func(n int) *int { return &n }
	plan := record.Plan{Stage: "http.headers", Expect: record.Fired, Limit: &record.Limit{Kind: record.Max, Seconds: 4, TooLate: 0.5, Worker: 1}}
	pool, child := 2*second, 10*second+second/100
	for name, c := range map[string]struct {
		end     record.ProcessEnd
		verdict record.Verdict
	}{
		"a fault in a worker":                    {record.ProcessEnd{Begun: pool, Signal: "SIGSEGV"}, record.Crashed},
		"a fault in a forked child":              {record.ProcessEnd{Begun: child, Signal: "SIGSEGV"}, record.Crashed},
		"abort in a forked child":                {record.ProcessEnd{Begun: child, Signal: "SIGABRT"}, record.Crashed},
		"out of memory":                          {record.ProcessEnd{Begun: child, Signal: "SIGKILL"}, record.Crashed},
		"a forked child, by its alarm":           {record.ProcessEnd{Begun: child, Signal: "SIGALRM"}, record.Fired},
		"a worker, by its alarm":                 {record.ProcessEnd{Begun: pool, Signal: "SIGALRM"}, record.Crashed},
		"a forked child exits":                   {record.ProcessEnd{Begun: child, Status: status(0)}, record.Fired},
		"a forked child exits with 1":            {record.ProcessEnd{Begun: child, Status: status(1)}, record.Fired},
		"a worker has served enough":             {record.ProcessEnd{Begun: pool, Status: status(0)}, record.Fired},
		"a worker panics":                        {record.ProcessEnd{Begun: pool, Status: status(2)}, record.Crashed},
		"a server exits with its holds":          {record.ProcessEnd{Begun: pool, Status: status(0), Held: 2}, record.Crashed},
		"nobody knows of a forked child":         {record.ProcessEnd{Begun: child, Unknown: "why"}, record.Fired},
		"nobody knows of a worker":               {record.ProcessEnd{Begun: pool, Unknown: "why"}, record.Inconclusive},
		"nobody knows of one with several holds": {record.ProcessEnd{Begun: pool, Unknown: "why", Held: 3}, record.Crashed},
		"the main process exits":                 {record.ProcessEnd{Begun: pool, Status: status(0), Main: true}, record.Crashed},
	} {
		t.Run(name, func(t *testing.T) {
			c.end.PID, c.end.Comm, c.end.Ended = 17, "httpd", 13*second
			h := verdict.Hold{HoldState: record.HoldState{Connected: 10 * second, Parked: 10 * second, Proven: 10 * second, Released: 13 * second,
				By: record.ByFIN, WorkerFreed: 13 * second, Ends: []record.ProcessEnd{c.end}}}
			j := verdict.Cell(plan, []verdict.Hold{h})
			NewWithT(t).Expect(j.Verdict).To(Equal(c.verdict), j.Message)
		})
	}
}

// TestADeathOfTheMainProcessEndsOnlyWhatItEnds: a hold that the server closed before keeps its verdict, and a canary that crashes
// is not caught.
func TestADeathOfTheMainProcessEndsOnlyWhatItEnds(t *testing.T) {
	g := NewWithT(t)
	const second = int64(1e9)
	died := &record.ProcessEnd{PID: 17, Comm: "httpd", Ended: 14 * second, Main: true, Signal: "SIGSEGV"}
	hold := func(released int64) verdict.Hold {
		return verdict.Hold{Main: died, HoldState: record.HoldState{Connected: 10 * second, Parked: 10 * second, Proven: 10 * second, Released: released,
			By: record.ByFIN, WorkerFreed: released}}
	}
	plan := record.Plan{Stage: "http.headers", Expect: record.Fired, Limit: &record.Limit{Kind: record.Max, Seconds: 5, TooLate: 0.5, Worker: 1}}
	judge := func(holds ...verdict.Hold) record.Judgement { return verdict.Cell(plan, holds) }
	g.Expect(judge(hold(13 * second)).Verdict).To(Equal(record.Fired))
	g.Expect(judge(hold(14 * second)).Verdict).To(Equal(record.Crashed))
	g.Expect(judge(hold(14*second+2*second)).Verdict).To(Equal(record.Crashed), "its child followed")
	g.Expect(judge(hold(13*second), hold(14*second)).Verdict).To(Equal(record.Crashed), "one of two")
	g.Expect(judge(verdict.Hold{Main: died, HoldState: record.HoldState{Failed: "connection refused"}}).Verdict).To(Equal(record.Crashed))
	g.Expect(judge(hold(14 * second)).Message).To(Equal("crashed: measured 4.00 s by fin; expected at most 5 s, +0.5 s (no directive named); " +
		"the main process, PID 17 (httpd) was killed by SIGSEGV 4.00 s after the client was at its stage"))

	plan.Canary, plan.Expect, plan.Limit = true, record.Early, &record.Limit{Kind: record.Idle, Seconds: 9, TooEarly: 0.25, TooLate: 0.5, Worker: 1}
	g.Expect(judge(hold(13 * second)).Status).To(Equal(record.Passed))
	caught := judge(hold(14 * second))
	g.Expect(caught.Verdict).To(Equal(record.Crashed))
	g.Expect(caught.Status).To(Equal(record.Unknown), "a canary that crashed proves nothing")
}

// TestATimeoutThatKillsAProcessIsNoCrash: only the signal that the limit names, and only one connection.
func TestATimeoutThatKillsAProcessIsNoCrash(t *testing.T) {
	const second = int64(1e9)
	for name, c := range map[string]struct {
		end     record.ProcessEnd
		kills   string
		verdict record.Verdict
	}{
		"the signal of the limit":  {record.ProcessEnd{Signal: "SIGTERM"}, "SIGTERM", record.Fired},
		"the limit names none":     {record.ProcessEnd{Signal: "SIGTERM"}, "", record.Crashed},
		"another signal":           {record.ProcessEnd{Signal: "SIGSEGV"}, "SIGTERM", record.Crashed},
		"several holds end":        {record.ProcessEnd{Signal: "SIGTERM", Held: 2}, "SIGTERM", record.Crashed},
		"the main process":         {record.ProcessEnd{Signal: "SIGTERM", Main: true}, "SIGTERM", record.Crashed},
		"it is not known how":      {record.ProcessEnd{Unknown: "why"}, "SIGTERM", record.Inconclusive},
		"it exits with a status":   {record.ProcessEnd{Status: new(int)}, "SIGTERM", record.Fired},
		"no signal, and no status": {record.ProcessEnd{}, "", record.Fired},
	} {
		t.Run(name, func(t *testing.T) {
			c.end.PID, c.end.Comm, c.end.Begun, c.end.Ended = 17, "php-fpm", 2*second, 13*second
			plan := record.Plan{Stage: "body", Expect: record.Fired, Limit: &record.Limit{Kind: record.Max, Seconds: 4, TooLate: 0.5, Worker: 1, Kills: c.kills}}
			h := verdict.Hold{HoldState: record.HoldState{Connected: 10 * second, Parked: 10 * second, Proven: 10 * second, Released: 13 * second,
				By: record.ByFIN, WorkerFreed: 13 * second, Ends: []record.ProcessEnd{c.end}}}
			j := verdict.Cell(plan, []verdict.Hold{h})
			NewWithT(t).Expect(j.Verdict).To(Equal(c.verdict), j.Message)
		})
	}
}
