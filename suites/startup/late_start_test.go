//go:build linux

package startup_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/run/localpod"
)

// broken is one start that is to serve, after a file was planted that breaks the server.
const broken = `  oracles: [{name: page, path: /}, {name: part, path: /part}]
  scenarios:
    broken:
      because: the file breaks it
      steps:
        - {plant: [{kind: file, name: /run/app/broken}]}
        - {start: 0, expect: starts}
`

// brokenBy makes the faults depend on the file that the scenario plants.
const brokenBy = localpod.BrokenByVariable + ": /run/app/broken, "

func TestAStartThatTakesLongerThanWithinIsLate(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	run := carryOut(t,
		startedWith(t, "slow", "3s", brokenBy+localpod.ListensAfterVariable+": 4s", broken),
		startedWith(t, "slow-by-itself", "3s", localpod.ListensAfterVariable+": 4s", "  scenarios: {fresh: {because: it is slow, steps: [{start: 0, expect: starts}]}}"),
		startedWith(t, "too-slow", "1s", brokenBy+localpod.ListensAfterVariable+": 1h", broken),
		startedWith(t, "in-time", "20s", brokenBy+localpod.ListensAfterVariable+": 2s", broken))

	for _, address := range []string{"slow/startup/broken", "slow-by-itself/startup/fresh"} {
		late := run.judgement(t, address)
		g.Expect(late.Verdict).To(Equal(record.Late), late.Message)
		g.Expect(late.Status).To(Equal(record.Failed))
		g.Expect(late.Severity).To(Equal(record.Medium))
		g.Expect(late.Message).To(MatchRegexp(`^late: start 1 with PID 4242: seen late \(everything was served after \d+\.\d\d s, and not within 3s\); expected starts`))
	}
	never := run.judgement(t, "too-slow/startup/broken")
	g.Expect(never.Verdict).To(Equal(record.Refuses), never.Message)
	g.Expect(never.Status).To(Equal(record.Failed))
	good := run.judgement(t, "in-time/startup/broken")
	g.Expect(good.Verdict).To(Equal(record.Starts), good.Message)
	g.Expect(good.Status).To(Equal(record.Passed))
}

func TestEachOracleHasTheTimeOfWithin(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	run := carryOut(t,
		startedWith(t, "slow-part", "20s", brokenBy+localpod.PartAfterVariable+": 4s", broken),
		startedWith(t, "dead-part", "2s", brokenBy+localpod.PartAfterVariable+": 1h", broken))
	good := run.judgement(t, "slow-part/startup/broken")
	g.Expect(good.Verdict).To(Equal(record.Starts), good.Message)
	g.Expect(good.Status).To(Equal(record.Passed))
	bad := run.judgement(t, "dead-part/startup/broken")
	g.Expect(bad.Verdict).To(Equal(record.Degraded), bad.Message)
	g.Expect(bad.Status).To(Equal(record.Failed))
	g.Expect(bad.Message).To(ContainSubstring("part: read the response"))
}
