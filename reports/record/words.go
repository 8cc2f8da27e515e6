// Package record has the events of a run's JSON-lines log, and the summary that every report is drawn from.
package record

import "slices"

// Mode is how a parked connection behaves.
type Mode string

// The modes.
const (
	Silent  Mode = "silent"  // nothing more is sent
	Trickle Mode = "trickle" // a byte at a time
	Alone   Mode = "alone"   // silent, in a pod in which nothing else is connected
	Later   Mode = "later"   // silent, after all other holds of the pod have ended
)

// Modes lists the modes.
func Modes() []Mode { return []Mode{Silent, Trickle, Alone, Later} }

// IsSilent says whether a client in this mode sends nothing more.
func (m Mode) IsSilent() bool { return m != Trickle }

// Verdict is the judgement of one cell.
type Verdict string

// KnownBad says whether a file expects the verdict of a server that is known to be bad: its cell needs a control.
func (v Verdict) KnownBad() bool { return v == Never || v == Crashed }

// The verdicts of a hold, and of a start. Each is final and exactly one is given to a cell.
const (
	Fired         Verdict = "fired"          // the limit ended the hold, within its tolerance
	Early         Verdict = "early"          // released before the limit
	Late          Verdict = "late"           // released after the limit and its tolerance; of a start: served after ready.within
	Never         Verdict = "never"          // not released up to the cap
	LateWorker    Verdict = "late-worker"    // the peer saw the release, the worker was not freed in time
	Crashed       Verdict = "crashed"        // a process of the server died, and the hold with it
	Unstable      Verdict = "unstable"       // repeats disagree
	AsDeclared    Verdict = "as-declared"    // a declared weakness, seen
	Inconclusive  Verdict = "inconclusive"   // no judgement possible; never green
	NotRun        Verdict = "not-run"        // a precondition was probed and is not there
	NotApplicable Verdict = "not-applicable" // the target cannot have this stage
	Starts        Verdict = "starts"         // the incarnation serves everything that it should
	Serves        Verdict = "serves"         // after the holds the server serves as before
	Degraded      Verdict = "degraded"       // it runs, and a part of it is dead
	Refuses       Verdict = "refuses"        // the incarnation does not come up
)

// Side is one of the two builds of a comparison.
type Side string

// The sides.
const (
	Baseline  Side = "baseline"  // what is there now
	Candidate Side = "candidate" // what is to replace it
)

// Status is what a verdict means for the run, given what was expected.
type Status string

// The statuses. Exit status of a run: any Failed 1, else any Unknown 3, else 0.
const (
	Passed  Status = "passed"
	Failed  Status = "failed"
	Unknown Status = "inconclusive"
	Skipped Status = "skipped" // not-run, not-applicable, waived
)

// Severity ranks a failure.
type Severity string

// The severities, worst first.
const (
	Critical Severity = "critical" // cannot start again
	High     Severity = "high"     // a hold before authentication that never ends, a worker that is not freed
	Medium   Severity = "medium"   // late by more than twice, early on a body, a late start
	Low      Severity = "low"      // changed
)

// Below tells whether s is less severe than least. Nothing is below "", and a failure without a severity is below nothing.
func (s Severity) Below(least Severity) bool {
	return s != "" && least != "" && s.rank() > least.rank()
}

func (s Severity) rank() int { return slices.Index(Severities(), s) }

// Severities are all of them, worst first.
func Severities() []Severity { return []Severity{Critical, High, Medium, Low} }

// ReleaseBy is how a hold ended, as its peer or the kernel saw it.
type ReleaseBy string

// The kinds of release. ByStatus, ByAlert, ByGoAway and ByRSTStream carry more in
// Release.Detail ("408", "handshake_failure", "NO_ERROR", "CANCEL").
const (
	ByFIN         ReleaseBy = "fin"
	ByRST         ReleaseBy = "rst"
	ByAlert       ReleaseBy = "tls-alert"
	ByCloseNotify ReleaseBy = "close-notify"
	ByStatus      ReleaseBy = "http-status"
	ByGoAway      ReleaseBy = "goaway"      // HTTP/2: the server ends the connection
	ByRSTStream   ReleaseBy = "rst-stream"  // HTTP/2: the server ends the stream; its connection may stay
	BySaid        ReleaseBy = "said"        // the server said what `released_by` names; its connection may stay
	BySocketGone  ReleaseBy = "socket-gone" // only the server's socket shows it (an unread response)
	BySocketShut  ReleaseBy = "socket-shut" // the server's FIN waits behind an unread response; its socket shows it
	ByNothing     ReleaseBy = "nothing"     // not at all up to the cap
)

// Verdicts are all verdicts, in the order in which reports name them.
func Verdicts() []Verdict {
	return []Verdict{Fired, Starts, Serves, AsDeclared, Early, Late, Never, LateWorker, Crashed, Unstable, Degraded, Refuses,
		Inconclusive, NotRun, NotApplicable}
}

func (v Verdict) known() bool {
	for _, one := range Verdicts() {
		if v == one {
			return true
		}
	}
	return false
}

func (s Status) known() bool {
	switch s {
	case Passed, Failed, Unknown, Skipped:
		return true
	}
	return false
}
