// Package record is the vocabulary of a run: the events that go into its one
// JSON-lines log, and the words in them. Everything that a person sees is drawn
// from that log. The package imports nothing of ours.
package record

import "slices"

// Mode is how a parked connection behaves.
type Mode string

// The modes.
const (
	Silent  Mode = "silent"  // nothing more is sent
	Trickle Mode = "trickle" // a byte at a time
)

// Verdict is the judgement of one cell.
type Verdict string

// The verdicts of a hold, and of a start. Each is final and exactly one is given to a cell.
const (
	Fired         Verdict = "fired"          // the limit ended the hold, within its tolerance
	Early         Verdict = "early"          // released before the limit
	Late          Verdict = "late"           // released after the limit and its tolerance
	Never         Verdict = "never"          // not released up to the cap
	LateWorker    Verdict = "late-worker"    // the peer saw the release, the worker was kept
	Unstable      Verdict = "unstable"       // repeats disagree
	AsDeclared    Verdict = "as-declared"    // a declared weakness, seen
	Inconclusive  Verdict = "inconclusive"   // no judgement possible; never green
	NotRun        Verdict = "not-run"        // a precondition was probed and is not there
	NotApplicable Verdict = "not-applicable" // the target cannot have this stage
	Starts        Verdict = "starts"         // the incarnation serves everything that it should
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
	High     Severity = "high"     // a hold before authentication that never ends, a worker kept
	Medium   Severity = "medium"   // late by more than twice, early on a body
	Low      Severity = "low"      // changed
)

// below tells whether s is less severe than least. Nothing is below "", and a failure without a severity is below nothing.
func (s Severity) below(least Severity) bool {
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
	BySocketGone  ReleaseBy = "socket-gone" // only the server's own socket tells (an unread response)
	ByNothing     ReleaseBy = "nothing"     // not at all up to the cap
)
