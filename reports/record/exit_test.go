package record

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// green is the smallest log of a run that tested something and passed.
func green() []Event {
	const cell = "edge/tls/tls.client-hello/silent"
	const startup = "edge/startup/clean-stop"
	const canary = "canary/plain/tcp.connected/silent"
	limit := &Limit{Kind: Absolute, Seconds: 10, TooEarly: 0.25, TooLate: 0.5}
	return []Event{
		{Run: "r", T: 1e9, Kind: RunStarted, RunInfo: &RunInfo{Version: "1"}},
		{Run: "r", T: 2e9, Kind: CellPlanned, Target: "edge", Cell: cell, Plan: &Plan{Suite: "timeouts", Expect: Fired, Limit: limit}},
		{Run: "r", T: 2e9, Kind: CellPlanned, Target: "edge", Cell: startup, Plan: &Plan{Suite: "startup", Expect: Starts}},
		{Run: "r", T: 2e9, Kind: CellPlanned, Target: "canary", Cell: canary, Plan: &Plan{Suite: "timeouts", Expect: Fired, Canary: true}},
		{Run: "r", T: 3e9, Kind: CellJudged, Target: "edge", Cell: cell, Verdict: &Judgement{Verdict: Fired, Expect: Fired, Status: Passed}},
		{Run: "r", T: 3e9, Kind: CellJudged, Target: "edge", Cell: startup, Verdict: &Judgement{Verdict: Starts, Expect: Starts, Status: Passed}},
		{Run: "r", T: 3e9, Kind: CanaryChecked, Target: "canary", Cell: canary, Verdict: &Judgement{Verdict: Early, Status: Passed}},
		{Run: "r", T: 3e9, Kind: CountsChecked, Target: "edge", Counts: &Counts{Planned: 2, Connected: 2, PassiveOpens: 3}},
		{Run: "r", T: 4e9, Kind: RunEnded, RunInfo: &RunInfo{}},
	}
}

func TestGreenIsGreen(t *testing.T) {
	g := NewWithT(t)
	s := Summarise(green())
	g.Expect(s.Problems).To(BeEmpty())
	g.Expect(s.Exit()).To(Equal(ExitOK))
	g.Expect(s.Word()).To(Equal("PASS"))
	g.Expect(s.Wall).To(Equal(3.0))
	g.Expect(s.Tally.Planned).To(Equal(2))
	g.Expect(s.Tally.Caught).To(Equal(1))
}

// Whatever line of a green log is lost, the run is not green any more, but for
// the counts, which are not made where no connection was.
func TestNoLineOfAGreenLogCanBeLost(t *testing.T) {
	for i, lost := range green() {
		if lost.Kind == CountsChecked {
			continue
		}
		t.Run(string(lost.Kind)+" "+lost.Cell, func(t *testing.T) {
			events := green()
			s := Summarise(append(events[:i:i], events[i+1:]...))
			NewWithT(t).Expect(s.Exit()).To(Equal(ExitInconclusive))
		})
	}
}

func TestWhatIsNotGreen(t *testing.T) {
	judge := func(verdict Verdict, expect Verdict, status Status) func([]Event) []Event {
		return func(e []Event) []Event {
			e[4].Verdict = &Judgement{Verdict: verdict, Expect: expect, Status: status}
			return e
		}
	}
	for name, one := range map[string]struct {
		change func([]Event) []Event
		exit   int
		says   string
	}{
		"a failed cell":                    {judge(Late, Fired, Failed), ExitFailed, ""},
		"an inconclusive cell":             {judge(Inconclusive, Fired, Unknown), ExitInconclusive, ""},
		"inconclusive is never green":      {judge(Inconclusive, Fired, Passed), ExitInconclusive, ""},
		"passed against what was expected": {judge(Never, Fired, Passed), ExitInconclusive, "passed as never; expected fired"},
		"a known-bad target that heals":    {judge(Fired, Never, Passed), ExitInconclusive, "passed as fired; expected never"},
		"a verdict of another version":     {judge("slow", Fired, Passed), ExitInconclusive, "unknown verdict"},
		"a status of another version":      {judge(Fired, Fired, "good"), ExitInconclusive, "unknown verdict"},
		"not-run changes nothing":          {judge(NotRun, Fired, Skipped), ExitOK, ""},
		"not-applicable changes nothing":   {judge(NotApplicable, Fired, Skipped), ExitOK, ""},
		"as declared":                      {judge(AsDeclared, Never, Passed), ExitOK, ""},
		"reproduced":                       {judge(Never, Never, Passed), ExitOK, ""},
		"nothing tested": {func(e []Event) []Event {
			e[4].Verdict.Status, e[4].Verdict.Verdict = Skipped, NotRun
			e[5].Verdict.Status, e[5].Verdict.Verdict = Skipped, NotApplicable
			return e
		}, ExitInconclusive, "nothing was tested"},
		"an empty log":                   {func(e []Event) []Event { return nil }, ExitInconclusive, "nothing was tested"},
		"a judgement that lost its plan": {func(e []Event) []Event { return append(e[:1:1], e[2:]...) }, ExitInconclusive, "never planned"},
		"a canary that escaped":          {func(e []Event) []Event { e[6].Verdict.Status = Failed; return e }, ExitInconclusive, "was not caught"},
		"fewer opened than planned":      {func(e []Event) []Event { e[7].Counts.Connected = 1; return e }, ExitInconclusive, "stalemate opened 1 of 2 planned connections"},
		"fewer taken than opened":        {func(e []Event) []Event { e[7].Counts.PassiveOpens = 1; return e }, ExitInconclusive, "accepted 1 connection; stalemate opened 2"},
		"stopped":                        {func(e []Event) []Event { e[8].RunInfo.Stopped = "interrupted"; return e }, ExitInconclusive, "interrupted"},
		"the run knows better":           {func(e []Event) []Event { e[8].RunInfo.Exit = 1; return e }, ExitInconclusive, "exit status 1"},
		"two verdicts for a cell": {func(e []Event) []Event {
			return append(e, Event{Run: "r", T: 5e9, Kind: CellJudged, Cell: e[5].Cell, Verdict: &Judgement{Verdict: Refuses, Expect: Starts, Status: Skipped}})
		}, ExitInconclusive, "judged twice"},
		"planned twice": {func(e []Event) []Event { return append(e, e[1]) }, ExitInconclusive, "planned twice"},
		"two runs":      {func(e []Event) []Event { return append(e, Event{Run: "q", Kind: RunStarted}) }, ExitInconclusive, "another run"},
		"a pod that did not come up": {func(e []Event) []Event {
			return append(e, Event{Run: "r", T: 5e9, Kind: PodFailed, Target: "edge", Pod: "edge-1", Note: "port 80 is closed"})
		}, ExitInconclusive, "port 80 is closed"},
		"a pod that failed under its holds": {func(e []Event) []Event {
			return append(e, Event{Run: "r", T: 5e9, Kind: PodStarted, Target: "edge", Pod: "edge-1", PodInfo: &PodInfo{}},
				Event{Run: "r", T: 6e9, Kind: PodFailed, Target: "edge", Pod: "edge-1", Note: "it does not serve any more"})
		}, ExitInconclusive, "pod edge-1 failed: it does not serve any more"},
		"an image that cannot be had": {func(e []Event) []Event {
			return append(e, Event{Run: "r", T: 5e9, Kind: ImageFailed, Target: "other", Note: "no registry"})
		}, ExitOK, ""},
		"a judgement without payload": {func(e []Event) []Event { e[4].Verdict = nil; return e }, ExitInconclusive, "without a judgement"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := Summarise(one.change(green()))
			g.Expect(s.Exit()).To(Equal(one.exit), strings.Join(s.Problems, "\n"))
			if one.says != "" {
				g.Expect(s.Problems).To(ContainElement(ContainSubstring(one.says)))
			} else {
				g.Expect(s.Problems).To(BeEmpty())
			}
		})
	}
}

func TestFailuresBelowTheThresholdAreShownAndDoNotCount(t *testing.T) {
	for _, one := range []struct {
		severity, failOn Severity
		exit             int
	}{
		{Medium, "", ExitFailed},
		{Medium, Low, ExitFailed},
		{Medium, Medium, ExitFailed},
		{Medium, High, ExitOK},
		{High, Critical, ExitOK},
		{Critical, Critical, ExitFailed},
		{"", Critical, ExitFailed}, // a failure that nobody ranked always counts
	} {
		g := NewWithT(t)
		events := green()
		events[0].RunInfo.FailOn = one.failOn
		events[4].Verdict = &Judgement{Verdict: Late, Expect: Fired, Status: Failed, Severity: one.severity}
		s := Summarise(events)
		g.Expect(s.Exit()).To(Equal(one.exit), "%s, --fail-on %q", one.severity, one.failOn)
		g.Expect(s.Tally.Statuses[Failed]).To(Equal(1), "still shown")
	}
}

func TestNoticesChangeNothing(t *testing.T) {
	g := NewWithT(t)
	events := append(green(), Event{Run: "r", T: 4e9, Kind: Noticed, Note: "a waiver has expired"})
	s := Summarise(events)
	g.Expect(s.Exit()).To(Equal(ExitOK))
	g.Expect(s.Notices).To(Equal([]string{"a waiver has expired"}))
}

func TestAWaivedFailureWasTested(t *testing.T) {
	g := NewWithT(t)
	events := green()
	for _, i := range []int{4, 5} {
		events[i].Verdict = &Judgement{Verdict: Late, Expect: Fired, Status: Skipped, Waiver: "known (T-1)"}
	}
	s := Summarise(events)
	g.Expect(s.Problems).To(BeEmpty())
	g.Expect(s.Exit()).To(Equal(ExitOK))
	g.Expect(s.Tally.Waived).To(Equal(2))
	events[4].Verdict.Waiver, events[5].Verdict.Waiver = "", ""
	g.Expect(Summarise(events).Exit()).To(Equal(ExitInconclusive), "skipped without a waiver is not tested")
}
