//go:build linux

package startup_test

import (
	"fmt"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/run/localpod"
)

// killedInStart kills a start at a moment. The pid file that is left behind then stops the next one.
func killedInStart(moment string) string {
	return fmt.Sprintf(`  scenarios:
    half-a-start:
      because: it has written its pid file, and serves nothing yet
      steps:
        - {kill_in_start: 0, %s}
        - {start: 0, expect: refuses, exit: 1, log: [already running]}
`, moment)
}

func TestAKillCanFallInAStart(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	slow := localpod.ListensAfterVariable + ": 1h"
	run := carryOut(t,
		startedWith(t, "by-time", "20s", slow, killedInStart("after: 4s")),
		startedWith(t, "by-leftover", "20s", slow, killedInStart("appears: /run/app/*.pid")),
		startedWith(t, "too-late", "20s", "", killedInStart("after: 10m")),
		startedWith(t, "dies", "20s", "", `  scenarios:
    half-a-start:
      because: the pid file is there before
      steps:
        - {plant: [{kind: pid-file, name: /run/app/app.pid, content: "1\n"}]}
        - {kill_in_start: 0, after: 10m}
        - {start: 0, expect: refuses}
`))
	for name, after := range map[string]string{"by-time": `4\.\d\d`, "by-leftover": `\d\.\d\d`} {
		j := run.judgement(t, name+"/startup/half-a-start")
		g.Expect(j.Status).To(Equal(record.Passed), "%s: %s", name, j.Message)
		g.Expect(j.Evidence).To(ContainElement(MatchRegexp(`^start 1 with PID 4242 \(incarnation 1, PID \d+\): killed in its start, `+after+` s after its begin`)), name)
	}
	j := run.judgement(t, "too-late/startup/half-a-start")
	g.Expect(j.Status).To(Equal(record.Unknown), j.Message)
	g.Expect(j.Message).To(MatchRegexp(`the kill missed its moment: everything was served \d+\.\d\d s after the begin of the start; choose an earlier one`))

	j = run.judgement(t, "dies/startup/half-a-start")
	g.Expect(j.Verdict).To(Equal(record.Refuses), j.Message)
	g.Expect(j.Status).To(Equal(record.Failed))
	g.Expect(j.Message).To(ContainSubstring("start 1 with PID 4242, before the kill in it: seen refuses (the main process ended: exit status 1; "))
}
