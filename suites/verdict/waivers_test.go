package verdict_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

var now = time.Date(2030, 1, 10, 12, 0, 0, 0, time.UTC)

func waiver(cell string, verdict record.Verdict, line int, last string) target.Waiver {
	day, _ := time.Parse(time.DateOnly, last)
	return target.Waiver{Cell: cell, Verdict: verdict, Reason: "known", Ticket: "T-1", Line: line, Expires: day.AddDate(0, 0, 1)}
}

func failed(v record.Verdict) record.Judgement {
	return record.Judgement{Verdict: v, Expect: record.Fired, Status: record.Failed, Severity: record.High}
}

func everything(string) bool { return true }

func TestAWaiverAcceptsExactlyItsVerdict(t *testing.T) {
	g := NewWithT(t)
	l := verdict.NewLedger(&target.Waivers{File: "w.yaml", List: []target.Waiver{waiver("a/b/c/silent", record.Never, 3, "2030-01-10")}}, now)
	g.Expect(l.Apply("a/b/c/silent", failed(record.Late)).Status).To(Equal(record.Failed), "another verdict")
	g.Expect(l.Apply("a/b/c/trickle", failed(record.Never)).Status).To(Equal(record.Failed), "another cell")
	j := l.Apply("a/b/c/silent", failed(record.Never))
	g.Expect(j.Status).To(Equal(record.Skipped))
	g.Expect(j.Verdict).To(Equal(record.Never), "what was seen stays in the report")
	g.Expect(j.Waiver).To(Equal("known (T-1, until 2030-01-10)"))
	g.Expect(l.Notices(everything)).To(BeEmpty())
}

func TestWhatPassedIsNotWaived(t *testing.T) {
	g := NewWithT(t)
	l := verdict.NewLedger(&target.Waivers{File: "w.yaml", List: []target.Waiver{waiver("a/b/c/silent", record.Never, 3, "2030-02-01")}}, now)
	passed := record.Judgement{Verdict: record.Never, Expect: record.Never, Status: record.Passed}
	g.Expect(l.Apply("a/b/c/silent", passed)).To(Equal(passed))
	l.Apply("a/b/c/silent", record.Judgement{Verdict: record.Fired, Status: record.Passed})
	g.Expect(l.Notices(everything)).To(ConsistOf("waiver w.yaml:3 for never of a/b/c/silent (T-1) was not needed, the cell is fired: remove it"))
}

func TestWhatAWaiverMetIsToldAsItWas(t *testing.T) {
	const what = "waiver w.yaml:3 for never of a/b/c/silent (T-1) "
	inconclusive := record.Judgement{Verdict: record.Inconclusive, Status: record.Unknown}
	passed := record.Judgement{Verdict: record.Fired, Status: record.Passed}
	for name, one := range map[string]struct {
		judged []record.Judgement // of the cell: one for each repeat of a comparison
		says   []string
	}{
		"inconclusive":               {[]record.Judgement{inconclusive}, nil},
		"not run":                    {[]record.Judgement{{Verdict: record.NotRun, Status: record.Skipped}}, nil},
		"cannot be there":            {[]record.Judgement{{Verdict: record.NotApplicable, Status: record.Skipped}}, []string{what + "was not needed, the cell is not-applicable: remove it"}},
		"failed in another way":      {[]record.Judgement{failed(record.Late)}, []string{what + "accepts only never, and the cell is late"}},
		"needed in one repeat":       {[]record.Judgement{failed(record.Never), passed}, nil},
		"untold in one repeat":       {[]record.Judgement{inconclusive, passed}, nil},
		"passed in the last repeat":  {[]record.Judgement{failed(record.Late), passed}, []string{what + "accepts only never, and the cell is late"}},
		"failed, and untold in one":  {[]record.Judgement{failed(record.Late), inconclusive}, []string{what + "accepts only never, and the cell is late"}},
		"failed in two further ways": {[]record.Judgement{failed(record.Late), failed(record.Early)}, []string{what + "accepts only never, and the cell is late"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			l := verdict.NewLedger(&target.Waivers{File: "w.yaml", List: []target.Waiver{waiver("a/b/c/silent", record.Never, 3, "2030-02-01")}}, now)
			for _, j := range one.judged {
				l.Apply("a/b/c/silent", j)
			}
			g.Expect(l.Notices(everything)).To(Equal(one.says))
		})
	}
}

func TestTwoWaiversOfOneCell(t *testing.T) {
	g := NewWithT(t)
	l := verdict.NewLedger(&target.Waivers{File: "w.yaml", List: []target.Waiver{
		waiver("a/b/c/silent", record.Never, 3, "2030-02-01"), waiver("a/b/c/silent", record.Late, 4, "2030-02-01")}}, now)
	l.Apply("a/b/c/silent", failed(record.Never))
	g.Expect(l.Notices(everything)).To(ConsistOf("waiver w.yaml:4 for late of a/b/c/silent (T-1) accepts only late, and the cell is never"))
}

func TestAnExpiredWaiverAcceptsNothingAndIsNamed(t *testing.T) {
	g := NewWithT(t)
	l := verdict.NewLedger(&target.Waivers{File: "w.yaml", List: []target.Waiver{waiver("a/b/c/silent", record.Never, 3, "2030-01-09")}}, now)
	g.Expect(l.Apply("a/b/c/silent", failed(record.Never)).Status).To(Equal(record.Failed))
	g.Expect(l.Notices(everything)).To(ConsistOf("waiver w.yaml:3 for never of a/b/c/silent (T-1) expired after 2030-01-09: renew it or remove it"))
}

func TestAWaiverWithoutACellIsNamedUnlessTheCellWasLeftOut(t *testing.T) {
	g := NewWithT(t)
	l := verdict.NewLedger(&target.Waivers{File: "w.yaml", List: []target.Waiver{waiver("a/b/gone/silent", record.Never, 3, "2030-02-01")}}, now)
	g.Expect(l.Notices(everything)).To(ConsistOf(ContainSubstring("names no cell of this run")))
	g.Expect(l.Notices(func(string) bool { return false })).To(BeEmpty())
	g.Expect(verdict.NewLedger(nil, now).Notices(everything)).To(BeEmpty())
}

func TestAWaiverMayCoverSeveralCells(t *testing.T) {
	g := NewWithT(t)
	waivers := &target.Waivers{File: "w.yaml", List: []target.Waiver{
		waiver("*/tls.finished/trickle", record.Never, 3, "2030-01-09"), // expired
		waiver("edge/*/tls.finished", record.Never, 4, "2030-02-01"),
		waiver("edge/*/http.body", record.Never, 5, "2030-02-01"),
		waiver("*/startup/same-*", record.Refuses, 6, "2030-02-01")}}
	l := verdict.NewLedger(waivers, now)
	for _, mode := range []string{"silent", "trickle"} {
		g.Expect(l.Apply("edge/tls12/tls.finished/"+mode, failed(record.Never)).Waiver).To(Equal("known (T-1, until 2030-02-01)"), "an expired one before it changes nothing")
	}
	g.Expect(l.Apply("core/tls12/tls.finished/silent", failed(record.Never)).Status).To(Equal(record.Failed))
	g.Expect(l.Apply("edge/web/http.body/silent", record.Judgement{Verdict: record.Fired, Status: record.Passed}).Status).To(Equal(record.Passed))
	g.Expect(l.Apply("edge/web/http.body/trickle", failed(record.Late)).Status).To(Equal(record.Failed))
	g.Expect(l.Apply("edge/startup/same-pid", failed(record.Refuses)).Status).To(Equal(record.Skipped))
	g.Expect(l.Notices(everything)).To(Equal([]string{
		"waiver w.yaml:3 for never of */tls.finished/trickle (T-1) expired after 2030-01-09: renew it or remove it",
		"waiver w.yaml:5 for never of edge/*/http.body (T-1) accepts only never, and edge/web/http.body/trickle is late"}))
}
