package verdict_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

func TestAHoldThatIsAloneIsComparedWithTheSilentCell(t *testing.T) {
	second := 1.01
	fired := record.Judgement{Verdict: record.Fired, Status: record.Passed, Holds: []record.HoldResult{{Released: &second}, {Released: &second}}}
	failed := func(v record.Verdict) record.Judgement {
		return record.Judgement{Verdict: v, Status: record.Failed, Message: "measured", Because: "still open"}
	}
	for name, c := range map[string]struct {
		mode      record.Mode
		j, silent record.Judgement
		want      string
	}{
		"never": {record.Alone, failed(record.Never), fired,
			"measured; the server only closes connections in time while other connections are active: edge/web/http.headers/silent was closed after 1.01 s and 1.01 s"},
		"late": {record.Alone, failed(record.Late), fired,
			"measured; the server only closes connections in time while other connections are active: edge/web/http.headers/silent was closed after 1.01 s and 1.01 s"},
		"a later one": {record.Later, failed(record.Never), fired,
			"measured; the first connections were closed in time, a later one was not: edge/web/http.headers/silent was closed after 1.01 s and 1.01 s"},
		"both never":            {record.Alone, failed(record.Never), failed(record.Never), "measured"},
		"the silent is unknown": {record.Alone, failed(record.Never), record.Judgement{Verdict: record.Inconclusive, Status: record.Unknown}, "measured"},
		"a crash":               {record.Alone, failed(record.Crashed), fired, "measured"},
		"inconclusive":          {record.Alone, record.Judgement{Verdict: record.Inconclusive, Status: record.Unknown, Message: "measured"}, fired, "measured"},
		"another mode":          {record.Silent, failed(record.Never), fired, "measured"},
		"in time":               {record.Alone, record.Judgement{Verdict: record.Fired, Status: record.Passed, Message: "measured"}, fired, "measured"},
	} {
		g := NewWithT(t)
		j := c.j
		verdict.AddSilent(&j, c.mode, "edge/web/http.headers/silent", c.silent)
		g.Expect(j.Message).To(Equal(c.want), name)
		g.Expect(j.Verdict).To(Equal(c.j.Verdict), name)
		g.Expect(j.Status).To(Equal(c.j.Status), name)
		if c.want != "measured" {
			g.Expect(j.Because).To(MatchRegexp("^the (server only closes|first connections)"), name)
		}
	}
}
