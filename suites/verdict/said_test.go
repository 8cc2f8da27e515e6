package verdict_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

// TestALimitWhoseActIsAMessage: the message in time is the limit's act, and the connection may stay. Nothing else is.
func TestALimitWhoseActIsAMessage(t *testing.T) {
	said := func(s float64) verdict.Hold {
		return with(released(s), func(h *verdict.Hold) { h.By, h.Detail, h.WorkerFreed = record.BySaid, "SSH-2.0-x", 0 })
	}
	for name, one := range map[string]struct {
		hold verdict.Hold
		want record.Verdict
		says string
	}{
		"in time":           {said(5), record.Fired, "5.00 s by said SSH-2.0-x"},
		"too early":         {said(2), record.Early, "by said"},
		"too late":          {said(9), record.Late, "by said"},
		"closed instead":    {released(5), record.Never, `the server ended the connection (fin) 5.00 s after the stage was reached, and had not said what matches "^SSH-2.0"`},
		"nothing ended it":  {with(said(5), func(h *verdict.Hold) { h.Released, h.By, h.Detail, h.Watched = 0, record.ByNothing, "", at(15) }), record.Never, "still open"},
		"it was not proven": {with(said(5), func(h *verdict.Hold) { h.Proven = 0 }), record.Inconclusive, "no proof"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			p := absolute(5)
			p.Limit.ReleasedBy = "^SSH-2.0"
			j := verdict.Cell(p, []verdict.Hold{one.hold})
			g.Expect(j.Verdict).To(Equal(one.want), j.Message)
			g.Expect(j.Message).To(ContainSubstring(one.says))
		})
	}
}
