//go:build linux

package startup_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/run/localpod"
)

// stopped are scenarios of a server that takes its time to stop. The pid file that it then leaves behind stops the next start.
const stopped = `  scenarios:
    clean-stop:
      because: it stops in time
      steps:
        - {start: 0, expect: starts}
        - {stop: true, within: 2s}
        - {remove: [{kind: pid-file, name: /run/app/app.pid}]}
        - {start: 0, expect: starts}
    leftover:
      because: it takes the pid file for that of another
      control: clean-stop
      steps:
        - {start: 0, expect: starts}
        - {kill: true}
        - {start: 0, expect: refuses, exit: 1}
    killed-in-stop:
      because: an engine kills it before it has removed its pid file
      control: clean-stop
      steps:
        - {start: 0, expect: starts}
        - {kill_in_stop: true, after: 200ms, leaves: [pid-file /run/app/app.pid]}
        - {start: 0, expect: refuses, exit: 1, log: [already running]}
`

func TestAStopThatTakesTooLongIsLateAndProvesTheOthersStill(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	run := carryOut(t, startedWith(t, "never-stops", "20s", localpod.StopsAfterVariable+": 1h", stopped))
	j := run.judgement(t, "never-stops/startup/clean-stop")
	g.Expect(j.Verdict).To(Equal(record.Late), j.Message)
	g.Expect(j.Status).To(Equal(record.Failed))
	g.Expect(j.Severity).To(Equal(record.Medium))
	g.Expect(j.Message).To(ContainSubstring("late: stop: the stop takes too long: the server still runs 2s after SIGTERM; expected an end within 2s"))
	for _, scenario := range []string{"leftover", "killed-in-stop"} {
		j = run.judgement(t, "never-stops/startup/"+scenario)
		g.Expect(j.Status).To(Equal(record.Passed), "%s: %s", scenario, j.Message)
		g.Expect(j.Evidence).To(ContainElement(ContainSubstring("the control never-stops/startup/clean-stop: late: stop: ")))
	}
	g.Expect(j.Evidence).To(ContainElement("killed 200ms after its stop signal, while it was stopping"))
}

func TestAKillInAStopNeedsAServerThatIsStillStopping(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	run := carryOut(t, startedWith(t, "stops-at-once", "20s", "", `  scenarios:
    killed-in-stop:
      because: it has removed its pid file before
      steps:
        - {start: 0, expect: starts}
        - {kill_in_stop: true, after: 20s}
        - {start: 0, expect: starts}
`))
	j := run.judgement(t, "stops-at-once/startup/killed-in-stop")
	g.Expect(j.Status).To(Equal(record.Unknown), j.Message)
	g.Expect(j.Message).To(ContainSubstring("the server had stopped, with exit status 0, before the kill 20s after the signal; write a shorter after"))
}
