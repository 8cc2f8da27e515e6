package record

// Kind names what happened.
type Kind string

// The kinds of event. The comment of each names its payload.
const (
	RunStarted         Kind = "run.started"         // Run
	RunEnded           Kind = "run.ended"           // Run
	CellPlanned        Kind = "cell.planned"        // Plan
	BatchStarted       Kind = "batch.started"       // Batch
	BatchEnded         Kind = "batch.ended"         // Batch
	ImageReady         Kind = "image.ready"         // Image
	ImageFailed        Kind = "image.failed"        // Note: why there is none
	PodStarted         Kind = "pod.started"         // Pod
	PodFailed          Kind = "pod.failed"          // Note
	TargetNotReady     Kind = "target.not-ready"    // Note: why it does not answer yet
	PodLog             Kind = "pod.log"             // Note: the tail of a target's log
	IncarnationStarted Kind = "incarnation.started" // Incarnation
	IncarnationReady   Kind = "incarnation.ready"   // Incarnation
	IncarnationEnded   Kind = "incarnation.ended"   // Incarnation
	ForceAttempt       Kind = "pid.attempt"         // Force
	PIDCollision       Kind = "pid.collision"       // Force
	HoldConnected      Kind = "hold.connected"      // Hold
	HoldParked         Kind = "hold.parked"         // Hold
	HoldTrickled       Kind = "hold.trickled"       // Hold: the last trickled byte has gone out
	HoldQueued         Kind = "hold.queued"         // Hold: queue. The server has not read what was sent, long after the client reached the stage
	HoldProven         Kind = "hold.proven"         // Hold: inode, PID
	HoldWrote          Kind = "hold.wrote"          // Hold: wrote_after_t. The server wrote to a client that does not read
	HoldReleased       Kind = "hold.released"       // Release
	HoldFailed         Kind = "hold.failed"         // Note: the stage could not be reached
	HoldNotApplicable  Kind = "hold.not-applicable" // Note: the target cannot have this stage
	SocketShut         Kind = "socket.shut"         // Hold. The server closed its direction of a connection to a client that does not read
	WorkerKept         Kind = "worker.kept"         // Hold: the process that still owns the server's socket
	WorkerFreed        Kind = "worker.freed"        // Release: the server's socket is gone
	ProcessEnded       Kind = "process.ended"       // Ended: a process that owned a hold's socket, or the main process
	LeftoverSeen       Kind = "leftover.seen"       // Leftover
	AutopsyDone        Kind = "autopsy"             // Autopsy
	Injected           Kind = "injected"            // Note
	Observed           Kind = "observed"            // Note: anything else that was measured
	CountsChecked      Kind = "counts.checked"      // Counts
	CanaryChecked      Kind = "canary.checked"      // Verdict
	CellJudged         Kind = "cell.judged"         // Verdict
	SpecEnded          Kind = "spec.ended"          // Spec
	SpecsEnded         Kind = "specs.ended"         // Spec: of a whole suite
	BuildCompared      Kind = "build.compared"      // Build: one side of a comparison
	CellCompared       Kind = "cell.compared"       // Compared: the outcome of a cell, once both sides are settled
	Noticed            Kind = "notice"              // Note: of the run, for every reader; changes no status
)

// known tells whether k is one of the kinds of event.
func (k Kind) known() bool {
	switch k {
	case RunStarted, RunEnded, CellPlanned, BatchStarted, BatchEnded, ImageReady, ImageFailed, PodStarted, PodFailed, TargetNotReady, PodLog,
		IncarnationStarted, IncarnationReady, IncarnationEnded, ForceAttempt, PIDCollision,
		HoldConnected, HoldParked, HoldTrickled, HoldQueued, HoldProven, HoldWrote, HoldReleased, HoldFailed, HoldNotApplicable,
		SocketShut, WorkerKept, WorkerFreed, ProcessEnded, LeftoverSeen, AutopsyDone, Injected, Observed, CountsChecked, CanaryChecked, CellJudged,
		BuildCompared, CellCompared, SpecEnded, SpecsEnded, Noticed:
		return true
	}
	return false
}

// ofHold says whether events of this kind tell of one hold.
func (k Kind) ofHold() bool {
	switch k {
	case HoldConnected, HoldParked, HoldTrickled, HoldQueued, HoldProven, HoldWrote, HoldReleased, HoldFailed, HoldNotApplicable,
		SocketShut, WorkerKept, WorkerFreed:
		return true
	}
	return false
}
