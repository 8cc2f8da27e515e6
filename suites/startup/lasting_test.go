//go:build linux

package startup_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/run/localpod"
)

// staying is broken with a start that has to last for longer.
func staying(stays string) string {
	return strings.Replace(broken, "{start: 0, expect: starts}", "{start: 0, expect: starts, stays: "+stays+"}", 1)
}

func TestAStartHasToLast(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	dies := brokenBy + localpod.DiesAfterVariable + ": 1s"
	run := carryOut(t,
		startedWith(t, "dies", "20s", dies, staying("5s")),
		startedWith(t, "lives", "20s", brokenBy+localpod.DiesAfterVariable+": 1h", staying("1s")),
		startedWith(t, "known-to-die", "20s", dies, strings.Replace(staying("5s"), "expect: starts", "expect: refuses, exit: 7", 1)),
		startedWith(t, "loses-a-part", "20s", brokenBy+localpod.PartUntilVariable+": 1s", staying("2s")),
		startedWith(t, "lapses", "20s", brokenBy+localpod.PartUntilVariable+": 1s, "+localpod.PartAgainVariable+": 3s", staying("4s")))

	j := run.judgement(t, "dies/startup/broken")
	g.Expect(j.Verdict).To(Equal(record.Refuses), j.Message)
	g.Expect(j.Status).To(Equal(record.Failed))
	g.Expect(j.Severity).To(Equal(record.Critical))
	g.Expect(j.Message).To(MatchRegexp(`seen refuses \(it served and then died [01]\.\d\d s later, exit status 7; .*\); expected starts`))
	j = run.judgement(t, "lives/startup/broken")
	g.Expect(j.Status).To(Equal(record.Passed), j.Message)
	j = run.judgement(t, "known-to-die/startup/broken")
	g.Expect(j.Status).To(Equal(record.Passed), j.Message)
	g.Expect(j.Evidence).To(ContainElement(ContainSubstring("refuses, exit status 7; it had served for ")))

	j = run.judgement(t, "loses-a-part/startup/broken")
	g.Expect(j.Verdict).To(Equal(record.Degraded), j.Message)
	g.Expect(j.Message).To(MatchRegexp(`it served, and not any more [0-2]\.\d\d s later; part: .*503`))
	j = run.judgement(t, "lapses/startup/broken")
	g.Expect(j.Verdict).To(Equal(record.Degraded), j.Message)
	g.Expect(j.Message).To(MatchRegexp(`it served, not any more [0-2]\.\d\d s later, and then again: part: .*503`))
}
