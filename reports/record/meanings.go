package record

// Meaning says in one sentence what a verdict means; "" for a word that is no verdict.
func (v Verdict) Meaning() string {
	switch v {
	case Fired:
		return "The server closed the connection at its limit, and freed the worker."
	case Early:
		return "The server closed the connection before the limit of the target file."
	case Late:
		return "The server closed the connection after its limit, or served later than it should after a start."
	case Never:
		return "The server did not close the connection as long as stalemate watched it."
	case LateWorker:
		return "The client saw the connection end, but the server's process kept its socket."
	case Crashed:
		return "A process of the server died, and the connection with it."
	case Unstable:
		return "Repeats of the same test ended differently."
	case AsDeclared:
		return "The server has the weakness that the target file declares."
	case Inconclusive:
		return "stalemate could not judge the cell. This is never green."
	case NotRun:
		return "The test was skipped, because something that it needs is missing."
	case NotApplicable:
		return "The test was skipped, because the server does not have this stage."
	case Starts:
		return "After a death the server started again, and served everything."
	case Serves:
		return "After all tests the server served as before."
	case Degraded:
		return "After a death the server started again, and a part of it was dead."
	case Refuses:
		return "After a death the server did not start again."
	}
	return ""
}

// Meaning says in one sentence what an outcome of a comparison means; "" for a word that is no outcome.
func (o Outcome) Meaning() string {
	switch o {
	case OutcomeSame:
		return "Both builds behave alike."
	case OutcomeFixed:
		return "The candidate is better than the baseline."
	case OutcomeRegressed:
		return "The candidate is worse than the baseline."
	case OutcomeChanged:
		return "The candidate behaves differently, and is neither better nor worse."
	case OutcomeWaived:
		return "The candidate is worse, and a waiver accepts that."
	case OutcomeInconclusive:
		return Inconclusive.Meaning()
	case OutcomeNotApplicable:
		return "Neither build has this stage."
	}
	return ""
}

// Meaning says in a few words what a severity means.
func (s Severity) Meaning() string {
	switch s {
	case Critical:
		return "The server cannot start again."
	case High:
		return "A client can hold a worker without an end, or without showing who it is."
	case Medium:
		return "Late by more than twice the limit, early in a body, or a late start."
	case Low:
		return "The behaviour is not as declared, with little harm."
	}
	return ""
}
