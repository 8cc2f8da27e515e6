package verdict_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

// upload is a body whose limit is that many seconds.
func upload(kind record.LimitKind, limit float64) record.Plan {
	return record.Plan{Stage: "http.body", Expect: record.Fired, Limit: &record.Limit{Kind: kind, Seconds: limit, TooEarly: 0.25, TooLate: 0.5, Worker: 2.5, By: "body="}}
}

// TestARefusalIsJudgedByItsTimeAndByTheEndOfTheConnection: s is the time of the answer, in seconds.
func TestARefusalIsJudgedByItsTimeAndByTheEndOfTheConnection(t *testing.T) {
	answered := func(s float64, status string) verdict.Hold {
		return with(released(s), func(h *verdict.Hold) { h.By, h.Detail, h.ClosedBy = record.ByStatus, status, record.ByFIN })
	}
	// The server answered at once, and closed the connection s seconds later.
	closed := func(s float64) verdict.Hold {
		return with(released(s), func(h *verdict.Hold) {
			h.Refused, h.RefusedT = "the server answered 404 before the request was complete", at(0.01)
		})
	}
	kept := with(held(), func(h *verdict.Hold) { h.Refused, h.RefusedT = closed(1).Refused, at(0.01) })
	unread := with(kept, func(h *verdict.Hold) { h.Proven = 0 })
	declared := record.Plan{Stage: "http.body", Expect: record.AsDeclared, Cap: 20, Reason: "no body="}
	atLeast := upload(record.AtLeast, 5)
	atLeast.Expect = record.AsDeclared
	idle, most := upload(record.Idle, 3), upload(record.Max, 5)
	for name, c := range map[string]struct {
		plan    record.Plan
		hold    verdict.Hold
		verdict record.Verdict
		says    string
	}{
		"after silence near the limit":       {upload(record.Idle, 2), answered(1.6, "404"), record.Early, "1.6"},
		"after silence near an absolute one": {upload(record.Absolute, 2), answered(1.6, "404"), record.Early, "1.6"},
		"after silence near a least one":     {atLeast, answered(4, "404"), record.Early, "4.0"},
		"after a little silence":             {idle, answered(0.9, "403"), record.NotApplicable, "answered 403"},
		"after a little silence, at most":    {most, answered(2, "403"), record.NotApplicable, "answered 403"},
		"after a little silence, and kept":   {idle, with(answered(0.9, "403"), func(h *verdict.Hold) { h.WorkerFreed, h.ClosedBy = 0, "" }), record.LateWorker, "still owned its socket"},
		"at its limit":                       {idle, answered(3.1, "403"), record.Fired, ""},
		"long after its limit":               {idle, answered(300, "403"), record.Late, ""},
		"long after its limit, at most":      {most, answered(60, "403"), record.Late, ""},
		"another status, too soon":           {idle, answered(0.9, "200"), record.Early, ""},

		"at once, and closed in time":           {idle, closed(1), record.NotApplicable, "answered 404"},
		"at once, and closed at the limit":      {idle, closed(3.1), record.NotApplicable, "answered 404"},
		"at once, and closed in time, at most":  {most, closed(4), record.NotApplicable, "answered 404"},
		"at once, and closed late":              {idle, closed(4), record.Late, "and did not close the connection then"},
		"at once, and closed late, at most":     {most, closed(9), record.Late, "answered 404"},
		"at once, and kept":                     {idle, kept, record.Never, "and did not close the connection then"},
		"at once, and kept, at most":            {most, kept, record.Never, "answered 404"},
		"at once, body unread, and kept":        {idle, unread, record.Never, "answered 404"},
		"at once, closed, and the worker kept":  {idle, with(closed(1), func(h *verdict.Hold) { h.WorkerFreed = 0 }), record.LateWorker, "answered 404"},
		"at once, and kept, as declared":        {declared, kept, record.AsDeclared, "answered 404"},
		"at once, and closed, against declared": {declared, closed(9), record.NotApplicable, "answered 404"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			j := verdict.Cell(c.plan, []verdict.Hold{c.hold})
			g.Expect(j.Verdict).To(Equal(c.verdict), j.Message)
			g.Expect(j.Message).To(ContainSubstring(c.says))
		})
	}
}

func TestHowSoonARefusalComes(t *testing.T) {
	g := NewWithT(t)
	g.Expect(verdict.RefusedWithin(upload(record.Idle, 3))).To(Equal(1500 * time.Millisecond))
	g.Expect(verdict.RefusedWithin(record.Plan{Cap: 20})).To(Equal(10 * time.Second))
}

// TestARefusalAtTheStageSaysHowManyTheServerServed: the file's capacity may be more than the server serves.
func TestARefusalAtTheStageSaysHowManyTheServerServed(t *testing.T) {
	g := NewWithT(t)
	refused := verdict.Hold{Capacity: 10}
	refused.Connected, refused.FailedT, refused.Failed = at(0), at(0.1), "the server ended the connection (fin) 30µs after the stage was reached: "+record.RefusedAtStage
	j := verdict.Cell(upload(record.Idle, 3), []verdict.Hold{refused})
	g.Expect(j.Verdict).To(Equal(record.Inconclusive))
	g.Expect(j.Message).To(ContainSubstring("the server served 10 at a time; `capacity` is how many it is held by"))
	refused.Failed = "the server answered 500"
	g.Expect(verdict.Cell(upload(record.Idle, 3), []verdict.Hold{refused}).Message).NotTo(ContainSubstring("capacity"))
}
