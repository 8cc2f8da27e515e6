package verdict_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

// serving is a start that serves all that it should, as expected.
func serving() verdict.Start {
	return verdict.Start{What: "start", Expect: record.Starts, Alive: true,
		Oracles: []verdict.Oracle{{Name: "static", OK: true}, {Name: "cgi", OK: true}}}
}

func but(change func(*verdict.Start)) verdict.Start {
	s := serving()
	change(&s)
	return s
}

func dead(s *verdict.Start) {
	s.Alive, s.Ended = false, "exit status 1"
	s.Oracles = []verdict.Oracle{{Name: "static", Detail: "refused"}, {Name: "cgi", Detail: "refused"}}
}

func refusing(s *verdict.Start) { dead(s); s.Expect = record.Refuses }

func half(s *verdict.Start) { s.Oracles[1].OK = false }

func TestScenario(t *testing.T) {
	zero, one := 0, 1
	good, bad := record.Plan{Expect: record.Starts}, record.Plan{Expect: record.Refuses}
	for name, c := range map[string]struct {
		plan     record.Plan
		starts   []verdict.Start
		verdict  record.Verdict
		status   record.Status
		severity record.Severity
	}{
		"serves":           {good, []verdict.Start{serving(), serving()}, record.Starts, record.Passed, ""},
		"no starts":        {good, nil, record.Inconclusive, record.Unknown, ""},
		"cannot start":     {good, []verdict.Start{serving(), but(dead)}, record.Refuses, record.Failed, record.Critical},
		"a part is dead":   {good, []verdict.Start{serving(), but(half)}, record.Degraded, record.Failed, record.High},
		"known bad":        {bad, []verdict.Start{serving(), but(refusing)}, record.Refuses, record.Passed, ""},
		"known bad serves": {bad, []verdict.Start{serving(), but(func(s *verdict.Start) { s.Expect = record.Refuses })}, record.Starts, record.Failed, record.Low},
		"alive, and serves nothing": {good, []verdict.Start{serving(), but(func(s *verdict.Start) { dead(s); s.Alive = true })},
			record.Refuses, record.Failed, record.Critical},
		"serves, and the main process is another": {good, []verdict.Start{serving(), but(func(s *verdict.Start) { s.Alive = false })},
			record.Degraded, record.Failed, record.High},
		"known bad, and its children serve on": {bad, []verdict.Start{but(func(s *verdict.Start) { s.Alive, s.Expect = false, record.Refuses })},
			record.Degraded, record.Failed, record.Low},
		"a part as it should, and no main process": {record.Plan{Expect: record.Degraded}, []verdict.Start{
			but(func(s *verdict.Start) {
				half(s)
				s.Alive, s.Expect, s.Dead = false, record.Degraded, []string{"cgi"}
			})}, record.Degraded, record.Failed, record.Low},
		"failed, and then could not force": {good, []verdict.Start{serving(), but(dead), but(func(s *verdict.Start) { s.Unproven = "could not force" })},
			record.Refuses, record.Failed, record.Critical},
		"failed, and then beyond pid_max": {good, []verdict.Start{serving(), but(dead), but(func(s *verdict.Start) { s.NotRun = "pid_max" })},
			record.Refuses, record.Failed, record.Critical},
		"never served":                     {good, []verdict.Start{but(func(s *verdict.Start) { dead(s); s.First = true })}, record.Inconclusive, record.Unknown, ""},
		"never served, and a part is dead": {good, []verdict.Start{but(func(s *verdict.Start) { half(s); s.First = true })}, record.Inconclusive, record.Unknown, ""},
		"the image holds it":               {good, []verdict.Start{but(func(s *verdict.Start) { dead(s); s.First, s.InImage = true, "pid-file /run/a.pid" })}, record.Refuses, record.Failed, record.Critical},
		"the image holds a part":           {good, []verdict.Start{but(func(s *verdict.Start) { half(s); s.First, s.InImage = true, "pid-file /run/a.pid" })}, record.Degraded, record.Failed, record.High},
		"planted before it":                {bad, []verdict.Start{but(refusing)}, record.Refuses, record.Passed, ""},
		"could not force":                  {bad, []verdict.Start{but(refusing), but(func(s *verdict.Start) { s.Unproven = "could not force" })}, record.Inconclusive, record.Unknown, ""},
		"beyond pid_max":                   {bad, []verdict.Start{but(func(s *verdict.Start) { s.NotRun = "pid_max" })}, record.NotRun, record.Skipped, ""},
		"dead as it should":                {record.Plan{Expect: record.Degraded}, []verdict.Start{but(func(s *verdict.Start) { half(s); s.Expect = record.Degraded; s.Dead = []string{"cgi"} })}, record.Degraded, record.Passed, ""},
		"dead another":                     {record.Plan{Expect: record.Degraded}, []verdict.Start{but(func(s *verdict.Start) { half(s); s.Expect = record.Degraded; s.Dead = []string{"static"} })}, record.Degraded, record.Failed, record.Low},
		"log as it should":                 {bad, []verdict.Start{but(func(s *verdict.Start) { refusing(s); s.Log = []string{"A", "B"}; s.Said = "x A y B" })}, record.Refuses, record.Passed, ""},
		"log in another order":             {bad, []verdict.Start{but(func(s *verdict.Start) { refusing(s); s.Log = []string{"A", "B"}; s.Said = "x B y A" })}, record.Refuses, record.Failed, record.Low},
		"exit status lies":                 {bad, []verdict.Start{but(func(s *verdict.Start) { refusing(s); s.Exit, s.Status = &zero, &zero })}, record.Refuses, record.Passed, ""},
		"exit status tells":                {bad, []verdict.Start{but(func(s *verdict.Start) { refusing(s); s.Exit, s.Status = &zero, &one })}, record.Refuses, record.Failed, record.Low},
		"no exit status":                   {bad, []verdict.Start{but(func(s *verdict.Start) { refusing(s); s.Exit = &zero })}, record.Refuses, record.Failed, record.Low},
		"serves after it failed":           {bad, []verdict.Start{serving(), but(refusing), serving()}, record.Refuses, record.Passed, ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			j := verdict.Scenario(c.plan, c.starts)
			g.Expect(j.Verdict).To(Equal(c.verdict), j.Message)
			g.Expect(j.Status).To(Equal(c.status), j.Message)
			g.Expect(j.Severity).To(Equal(c.severity), j.Message)
			g.Expect(j.Message).To(HavePrefix(string(c.verdict)))
		})
	}
}

func TestAControlThatFailsMakesAScenarioInconclusive(t *testing.T) {
	g := NewWithT(t)
	passed := record.Judgement{Verdict: record.Refuses, Status: record.Passed, Message: "m"}
	failed := record.Judgement{Verdict: record.Refuses, Status: record.Failed}
	g.Expect(verdict.WithControl(passed, "c", passed, true).Status).To(Equal(record.Passed))
	g.Expect(verdict.WithControl(passed, "c", failed, true).Verdict).To(Equal(record.Inconclusive))
	g.Expect(verdict.WithControl(failed, "c", failed, true).Status).To(Equal(record.Failed), "a failure stays one")
	alone := verdict.WithControl(passed, "c", record.Judgement{}, false)
	g.Expect(alone.Verdict).To(Equal(record.Inconclusive))
	g.Expect(alone.Status).To(Equal(record.Unknown))
	g.Expect(alone.Message).To(ContainSubstring("the control c is not in this run"))
	alone = verdict.WithControl(failed, "c", record.Judgement{}, false)
	g.Expect(alone.Status).To(Equal(record.Failed), "a failure stays one")
	g.Expect(alone.Evidence).To(ConsistOf(ContainSubstring("the control c is not in this run")))
}

func TestAFailureThatWasSeenStandsWhenTheRestCannotBeDone(t *testing.T) {
	g := NewWithT(t)
	unjudged := record.Judgement{Verdict: record.Inconclusive, Status: record.Unknown, Message: "inconclusive: step 4: it left nothing"}
	failed := verdict.Scenario(record.Plan{Expect: record.Starts}, []verdict.Start{serving(), but(dead)})
	cut := verdict.CutShort(failed, unjudged)
	g.Expect(cut.Verdict).To(Equal(record.Refuses))
	g.Expect(cut.Status).To(Equal(record.Failed))
	g.Expect(cut.Evidence).To(ContainElement(ContainSubstring("it left nothing")))
	passed := verdict.Scenario(record.Plan{Expect: record.Starts}, []verdict.Start{serving()})
	g.Expect(verdict.CutShort(passed, unjudged)).To(Equal(unjudged))
}

func TestWhatTheImageHoldsIsLookedForWhereAFirstStartIsUnexplained(t *testing.T) {
	g := NewWithT(t)
	first := func(change func(*verdict.Start)) verdict.Start {
		return but(func(s *verdict.Start) { s.First = true; change(s) })
	}
	g.Expect(first(dead).Unexplained()).To(BeTrue())
	g.Expect(first(half).Unexplained()).To(BeTrue())
	g.Expect(but(dead).Unexplained()).To(BeFalse(), "an earlier start may have left it behind")
	g.Expect(first(refusing).Unexplained()).To(BeFalse(), "as expected")
	g.Expect(first(func(*verdict.Start) {}).Unexplained()).To(BeFalse())
	late := first(func(s *verdict.Start) { s.Served, s.Within = 2*time.Second, time.Second })
	g.Expect(late.Unexplained()).To(BeFalse())
	g.Expect(late.Serves()).To(BeTrue())
	g.Expect(serving().Serves()).To(BeTrue())
	g.Expect(but(half).Serves()).To(BeFalse())
	found := verdict.Scenario(record.Plan{Expect: record.Starts}, []verdict.Start{first(func(s *verdict.Start) { dead(s); s.InImage = "pid-file /run/a.pid" })})
	g.Expect(found.Message).To(Equal("refuses: the first start of a fresh container: start: seen refuses (the main process ended: exit status 1; " +
		"static: refused; cgi: refused); expected starts; the image itself holds what is in the way: pid-file /run/a.pid; " +
		"a fresh container without it serves; 1 refuses"))
}

func TestWhatThePortDidIsSaid(t *testing.T) {
	g := NewWithT(t)
	g.Expect(serving().Port()).To(BeEmpty())
	s := verdict.Start{Oracles: []verdict.Oracle{{Name: "static", Class: "refused", Detail: "dial tcp: connection refused"},
		{Name: "cgi", Class: "refused"}, {Name: "digest", Class: "timeout"}, {Name: "other", Detail: "odd"}}}
	g.Expect(s.Port()).To(Equal("connection refused (static, cgi), no answer in time (digest), odd (other)"))
}
