package verdict_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

const ms = int64(1e6)

// endedAt is a proven hold that began at 1 s, and was closed by the server at that time.
func endedAt(id string, at int64) verdict.Hold {
	return verdict.Hold{HoldState: record.HoldState{ID: id, Connected: 1000 * ms, Parked: 1000 * ms, Proven: 1100 * ms, Released: at, WorkerFreed: at, By: record.ByFIN}}
}

func TestAHoldThatEndsWhenANeighboursLimitFires(t *testing.T) {
	may := record.Plan{Stage: "http.body", Limit: &record.Limit{Kind: record.Max, Seconds: 30, TooLate: 1}}
	limit := func(kind record.LimitKind, granularity float64) record.Plan {
		return record.Plan{Stage: "http.headers", Limit: &record.Limit{Kind: kind, Seconds: 2, Granularity: granularity, TooEarly: 0.25, TooLate: 0.5, Worker: 1}}
	}
	for name, c := range map[string]struct {
		plan      record.Plan
		neighbour record.Plan
		end       int64
		want      string
	}{
		"at the same moment":                {may, limit(record.Absolute, 0), 3020, "n#1"},
		"its idle limit":                    {may, limit(record.Idle, 0), 3020, "n#1"},
		"a moment later":                    {may, limit(record.Absolute, 0), 3100, ""},
		"its neighbour may end sooner, too": {may, limit(record.Max, 0), 3020, ""},
		"its neighbour is looked at seldom": {may, limit(record.Absolute, 5), 3020, ""},
		"its neighbour is early":            {may, record.Plan{Stage: "http.headers", Limit: &record.Limit{Kind: record.Absolute, Seconds: 9, TooEarly: 0.25, TooLate: 0.5}}, 3020, ""},
		"it has an exact limit":             {limit(record.Absolute, 0), limit(record.Absolute, 0), 3020, ""},
		"it is still open":                  {may, limit(record.Absolute, 0), 0, ""},
	} {
		got := verdict.EndedWith(c.plan, endedAt("h#1", c.end*ms), []verdict.Neighbour{{Plan: c.neighbour, Hold: endedAt("n#1", 3000*ms)}})
		NewWithT(t).Expect(got).To(Equal(c.want), name)
	}
}

func TestATimeoutThatEndsOtherConnectionsIsAFinding(t *testing.T) {
	plan := record.Plan{Stage: "http.body", Limit: &record.Limit{Kind: record.Max, Seconds: 30, TooLate: 1.5}, Expect: record.Fired}
	result := func(with string, after ...float64) record.Judgement {
		j := record.Judgement{Verdict: record.Fired, Status: record.Passed, Message: "fired"}
		for _, s := range after {
			j.Holds = append(j.Holds, record.HoldResult{Released: &s, EndedWith: with})
		}
		return j
	}
	for name, c := range map[string]struct {
		silent, alone record.Judgement
		found         bool
	}{
		"longer alone":              {result("n#1", 1.01, 0.95), result("", 3), true},
		"as long alone":             {result("n#1", 1.01, 0.95), result("", 1.6), false},
		"at no neighbour's moment":  {result("", 1.01, 0.95), result("", 3), false},
		"alone it is not released":  {result("n#1", 1.01, 0.95), record.Judgement{Verdict: record.Never, Status: record.Failed, Holds: []record.HoldResult{{}}}, false},
		"nothing is known of alone": {result("n#1", 1.01, 0.95), record.Judgement{Verdict: record.Inconclusive, Status: record.Unknown}, false},
	} {
		g := NewWithT(t)
		j := c.silent
		verdict.AddAlone(&j, plan, "edge/web/http.body/alone", c.alone)
		if !c.found {
			g.Expect(j).To(Equal(c.silent), name)
			continue
		}
		g.Expect(j.Verdict).To(Equal(record.Unstable), name)
		g.Expect(j.Status).To(Equal(record.Failed), name)
		g.Expect(j.Severity).To(Equal(record.High), name)
		g.Expect(j.Message).To(Equal("unstable: measured 1.01 s and 0.95 s; expected at most 30 s, +1.5 s (no directive named); the timeout of another connection ends this one: "+
			"it was closed when the limit of n#1 fired; alone, it lasts 3.00 s (edge/web/http.body/alone)"), name)
	}
}
