package verdict_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

func healthyWorker() *record.Autopsy {
	return &record.Autopsy{PID: 40, Comm: "vintage", Attached: true, Caught: true, Handler: "vintage+0x3000"}
}

func TestAFailureWithoutAnyControlProvesNothing(t *testing.T) {
	g := NewWithT(t)
	j := record.Judgement{Verdict: record.Never, Status: record.Passed, Message: "never: measured no release"}
	verdict.AddControls(&j, "looped", nil)
	g.Expect(j.Status).To(Equal(record.Unknown))
	g.Expect(j.Message).To(ContainSubstring("the cell has no control"))
}

func TestAFailureThatWasExpectedNeedsItsControls(t *testing.T) {
	fired := record.Judgement{Verdict: record.Fired, Status: record.Passed, Message: "fired: measured 4.00 s"}
	spoilt, unlooked, bare := healthyWorker(), healthyWorker(), healthyWorker()
	spoilt.Restart, unlooked.NotAttached, bare.Caught = true, "not permitted", false
	for _, c := range []struct {
		name    string
		wanted  string
		control verdict.Control
		status  record.Status
		says    string
	}{
		{"it fired, and SA_RESTART is not set", "restarted", verdict.Control{Judgement: fired, Inspected: healthyWorker()}, record.Passed, "control a/b fired"},
		{"it fired, of another cause", "looped", verdict.Control{Judgement: fired}, record.Passed, "control a/b fired"},
		{"it did not fire", "looped", verdict.Control{Judgement: record.Judgement{Verdict: record.Never, Status: record.Failed}}, record.Unknown, "the control a/b is never"},
		{"it was not judged", "restarted", verdict.Control{Judgement: record.Judgement{Verdict: record.Inconclusive, Status: record.Unknown}}, record.Unknown, "is inconclusive"},
		{"it is not in the run", "looped", verdict.Control{}, record.Unknown, "the control a/b is not in this run"},
		{"nobody looked", "restarted", verdict.Control{Judgement: fired, Why: "refused"}, record.Unknown, "refused"},
		{"SA_RESTART is set in it", "restarted", verdict.Control{Judgement: fired, Inspected: spoilt}, record.Unknown, "SA_RESTART is set"},
		{"stalemate could not inspect it", "restarted", verdict.Control{Judgement: fired, Inspected: unlooked}, record.Unknown, "not permitted"},
		{"it has no handler", "restarted", verdict.Control{Judgement: fired, Inspected: bare}, record.Unknown, "no handler"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			j := record.Judgement{Verdict: record.Never, Status: record.Passed, Message: "never: measured no release"}
			c.control.Address = "a/b"
			verdict.AddControls(&j, c.wanted, []verdict.Control{c.control})
			g.Expect(j.Status).To(Equal(c.status), j.Message)
			g.Expect(j.Message).To(ContainSubstring(c.says))
			if c.status == record.Unknown {
				g.Expect(j.Verdict).To(Equal(record.Inconclusive))
			}
		})
	}
}

func TestAHealthyCellAnswersForItsInspection(t *testing.T) {
	g := NewWithT(t)
	fired := func() *record.Judgement {
		return &record.Judgement{Verdict: record.Fired, Status: record.Passed, Message: "fired: measured 4.00 s"}
	}
	j := fired()
	verdict.AddInspection(j, healthyWorker(), "")
	g.Expect(j.Status).To(Equal(record.Passed))
	g.Expect(j.Evidence).To(ConsistOf(ContainSubstring("PID 40 (vintage), alive and held: SA_RESTART is not set on SIGALRM")))
	j, spoilt := fired(), healthyWorker()
	spoilt.Restart = true
	verdict.AddInspection(j, spoilt, "")
	g.Expect(j.Status).To(Equal(record.Failed), j.Message)
	j = fired()
	verdict.AddInspection(j, nil, "the hold was refused")
	g.Expect(j.Status).To(Equal(record.Unknown))
	g.Expect(j.Message).To(ContainSubstring("the hold was refused"))
}

func TestTheCauseMustBeTheStatedOne(t *testing.T) {
	right, other, unknown := &record.Autopsy{Class: "restarted"}, &record.Autopsy{Class: "looped"}, &record.Autopsy{Class: "unknown"}
	left := 0.0
	unread := &record.Autopsy{Class: "timer-running"}
	running := &record.Autopsy{Class: "timer-running", TimerBefore: &left}
	for _, c := range []struct {
		name   string
		found  []*record.Autopsy
		status record.Status
	}{
		{"in every process", []*record.Autopsy{right, right}, record.Passed},
		{"another in one", []*record.Autopsy{right, other}, record.Failed},
		{"another, and one unknown", []*record.Autopsy{other, unknown}, record.Failed},
		{"unknown in one", []*record.Autopsy{right, unknown}, record.Unknown},
		{"unknown in all", []*record.Autopsy{unknown, unknown}, record.Unknown},
		{"a timer runs in one that nobody could look into before the deadline", []*record.Autopsy{right, unread}, record.Unknown},
		{"a timer runs in one, and ran before the deadline", []*record.Autopsy{right, running}, record.Failed},
		{"one of two was inspected", []*record.Autopsy{right}, record.Unknown},
		{"nobody looked", nil, record.Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := record.Judgement{Verdict: record.Never, Status: record.Passed, Message: "never: measured no release", Holds: make([]record.HoldResult, 2)}
			verdict.AddAutopsies(&j, "restarted", c.found)
			NewWithT(t).Expect(j.Status).To(Equal(c.status), j.Message)
		})
	}
}

// In Apache 1.3 the parent sends SIGALRM. Its signal restarts a read like any other.
func TestARestartedReadCountsWhoeverSentTheSignal(t *testing.T) {
	read := record.Autopsy{Class: "sent-by-parent", Restart: true, Syscall: "read", SyscallClass: "restartable"}
	for _, c := range []struct {
		name   string
		change func(*record.Autopsy)
		wanted string
		status record.Status
	}{
		{"a restarted read", func(*record.Autopsy) {}, "restarted", record.Passed},
		{"without SA_RESTART", func(a *record.Autopsy) { a.Restart = false }, "restarted", record.Failed},
		{"a socket with a receive timeout", func(a *record.Autopsy) { a.SyscallClass = "always-eintr" }, "restarted", record.Failed},
		{"a call that is not restarted", func(a *record.Autopsy) { a.Syscall = "select" }, "restarted", record.Failed},
		{"another cause is stated", func(*record.Autopsy) {}, "looped", record.Failed},
		{"the sender is the stated cause", func(*record.Autopsy) {}, "sent-by-parent", record.Passed},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := read
			c.change(&found)
			j := record.Judgement{Verdict: record.Never, Status: record.Passed, Message: "never: measured no release", Holds: make([]record.HoldResult, 1)}
			verdict.AddAutopsies(&j, c.wanted, []*record.Autopsy{&found})
			NewWithT(t).Expect(j.Status).To(Equal(c.status), j.Message)
		})
	}
}

func TestAHoldInAnotherProcessProvesNothing(t *testing.T) {
	g := NewWithT(t)
	j := verdict.Cell(record.Plan{Limit: keepalive(), Expect: record.Never}, []verdict.Hold{with(held(), func(h *verdict.Hold) { h.Stranger = "process 7 serves it" })})
	g.Expect(j.Status).To(Equal(record.Unknown))
	g.Expect(j.Message).To(ContainSubstring("process 7 serves it"))
}
