package record

// known tells whether k is one of the kinds of event.
func (k Kind) known() bool {
	switch k {
	case RunStarted, RunEnded, CellPlanned, WaveStarted, WaveEnded, ImageReady, ImageFailed, PodStarted, PodFailed, PodLog,
		IncarnationStarted, IncarnationReady, IncarnationEnded, ForceAttempt, PIDCollision,
		HoldConnected, HoldParked, HoldTrickled, HoldProven, HoldReleased, HoldFailed, HoldNotApplicable,
		WorkerFreed, LeftoverSeen, AutopsyDone, Injected, Observed, CountsChecked, CanaryChecked, CellJudged, Noticed:
		return true
	}
	return false
}

// Verdicts are all verdicts, in the order in which reports name them.
func Verdicts() []Verdict {
	return []Verdict{Fired, Starts, AsDeclared, Early, Late, Never, LateWorker, Unstable, Degraded, Refuses,
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
