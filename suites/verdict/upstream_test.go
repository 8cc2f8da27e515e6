package verdict_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

func TestHalfway(t *testing.T) {
	g := NewWithT(t)
	g.Expect(verdict.Halfway(record.Connection{Sent: 90})).To(BeTrue())
	g.Expect(verdict.Halfway(record.Connection{Sent: 90, Got: 5000, RQueue: 4096})).To(BeTrue())
	g.Expect(verdict.Halfway(record.Connection{Sent: 90, Got: 200})).To(BeFalse(), "it may be in a pool")
	g.Expect(verdict.Halfway(record.Connection{})).To(BeFalse(), "it may have been opened ahead")
}

func TestAConnectionToAnotherServerEndsWithTheHold(t *testing.T) {
	plan := record.Plan{Stage: "http.body", Expect: record.Fired, Limit: keepalive()}
	opened := func(pid int) record.Connection {
		return record.Connection{Peer: "10.0.0.3:9000", State: "ESTABLISHED", Inode: 7, PID: pid, Comm: "proxy", Sent: 90}
	}
	// The processes 1 and 31 lived before the hold.
	beyond := func(pid int, kept bool) verdict.Beyond {
		b := verdict.Beyond{Hold: released(3), PIDs: []int{1, 31, 32}, Opened: []record.Connection{opened(pid)}}
		if kept {
			b.Kept = b.Opened
		}
		return b
	}
	closed, kept := beyond(31, false), beyond(31, true)
	never := kept
	never.Hold = held()
	failed := kept
	failed.Hold = verdict.Hold{HoldState: record.HoldState{Failed: "refused"}}
	none := verdict.Beyond{PIDs: []int{1, 31}}
	for name, c := range map[string]struct {
		all     []verdict.Beyond
		verdict record.Verdict
		status  record.Status
	}{
		"nothing opened":                    {[]verdict.Beyond{none}, record.Fired, record.Passed},
		"closed":                            {[]verdict.Beyond{closed, closed, closed}, record.Fired, record.Passed},
		"kept":                              {[]verdict.Beyond{kept, kept, kept}, record.LateWorker, record.Failed},
		"kept twice":                        {[]verdict.Beyond{kept, closed, kept}, record.Unstable, record.Failed},
		"kept once, as for a log":           {[]verdict.Beyond{kept, closed, closed}, record.Inconclusive, record.Unknown},
		"each by a process that lived":      {[]verdict.Beyond{beyond(31, true), beyond(32, true)}, record.Inconclusive, record.Unknown},
		"each by a process of its own":      {[]verdict.Beyond{beyond(40, true), beyond(41, true), beyond(42, true)}, record.LateWorker, record.Failed},
		"one by a process of its own":       {[]verdict.Beyond{beyond(40, true), closed, closed}, record.Unstable, record.Failed},
		"a later hold that is not released": {[]verdict.Beyond{never, kept, kept}, record.Unstable, record.Failed},
		"a later hold that fails":           {[]verdict.Beyond{failed}, record.Inconclusive, record.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			j := verdict.Cell(plan, []verdict.Hold{released(3), released(3)})
			g.Expect(j.Verdict).To(Equal(record.Fired))
			verdict.AddBeyond(plan, &j, c.all)
			g.Expect(j.Verdict).To(Equal(c.verdict), j.Message)
			g.Expect(j.Status).To(Equal(c.status), j.Message)
			g.Expect(j.Message).To(HavePrefix(string(c.verdict) + ": measured 3.00 s by fin, 3.00 s by fin"))
		})
	}
}
