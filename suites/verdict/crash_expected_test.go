package verdict_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

// TestAnExpectedCrashIsOfTheSignalAndAtTheLimit: two holds at 10 s, with a limit of 4 s at which each worker must die of SIGSEGV.
func TestAnExpectedCrashIsOfTheSignalAndAtTheLimit(t *testing.T) {
	const second = int64(1e9)
	plan := record.Plan{Stage: "http.headers", Expect: record.Crashed, Limit: &record.Limit{Kind: record.Absolute, Seconds: 4, TooEarly: 0.25, TooLate: 0.5, Worker: 1}}
	hold := func(lasts int64, ends ...record.ProcessEnd) verdict.Hold {
		end := 10*second + lasts
		for i := range ends {
			ends[i].PID, ends[i].Comm, ends[i].Begun, ends[i].Ended = 17, "httpd", 2*second, end
		}
		return verdict.Hold{HoldState: record.HoldState{Connected: 10 * second, Parked: 10 * second, Proven: 10 * second, Released: end,
			By: record.ByFIN, WorkerFreed: end, Watched: 22 * second, Ends: ends}}
	}
	segv, abort := record.ProcessEnd{Signal: "SIGSEGV"}, record.ProcessEnd{Signal: "SIGABRT"}
	for name, c := range map[string]struct {
		holds  []verdict.Hold
		status record.Status
		says   string
	}{
		"each dies at the limit": {[]verdict.Hold{hold(4*second, segv), hold(4*second, segv)}, record.Passed, "expected crashed; the limit is 4 s absolute"},
		"of another signal":      {[]verdict.Hold{hold(4*second, segv), hold(4*second, abort)}, record.Failed, "hold 2 of 2 ended with "},
		"one is closed in order": {[]verdict.Hold{hold(4*second, segv), hold(4 * second)}, record.Failed, "no process died with hold 2 of 2"},
		"none dies":              {[]verdict.Hold{hold(4 * second), hold(4 * second)}, record.Failed, "expected crashed"},
		"before the limit":       {[]verdict.Hold{hold(second, segv), hold(4*second, segv)}, record.Failed, "hold 1 of 2 ended at another time than the limit: early"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			j := verdict.Cell(plan, c.holds)
			verdict.AddCrashes(&j, plan, "SIGSEGV", c.holds)
			g.Expect(j.Status).To(Equal(c.status), j.Message)
			g.Expect(j.Message).To(ContainSubstring(c.says))
		})
	}
	g := NewWithT(t)
	lost := hold(4*second, segv)
	lost.Proven = 0
	holds := []verdict.Hold{hold(4*second, segv), lost}
	j := verdict.Cell(plan, holds)
	verdict.AddCrashes(&j, plan, "SIGSEGV", holds)
	g.Expect(j.Status).To(Equal(record.Unknown), "the second hold proves nothing: "+j.Message)
}
