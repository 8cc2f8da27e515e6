package record

// Judgement is the verdict of a cell, with what was measured and expected.
type Judgement struct {
	Verdict  Verdict      `json:"verdict"`
	Expect   Verdict      `json:"expect"`
	Status   Status       `json:"status"`
	Severity Severity     `json:"severity,omitempty"`
	Holds    []HoldResult `json:"holds,omitempty"`   // one for each hold, in the order of the plan; one for a whole wave
	Message  string       `json:"message"`           // one line: measured, expected, directive
	Because  string       `json:"because,omitempty"` // what else was seen that explains the verdict, such as where the connection waited
	Evidence []string     `json:"evidence,omitempty"`
	Waiver   string       `json:"waiver,omitempty"`
	Took     float64      `json:"took_seconds"`
}

// HoldResult is the result of one hold of a cell, or of a wave of connections.
type HoldResult struct {
	// Released is the time until the server ended the hold, in seconds: from the last byte under an idle
	// limit, from the moment of parking under another, from connecting where only that is within the limit;
	// of an unread response from the server's last write; of a wave from its last connection until the server
	// served again. Nil: it did not, or that is not known.
	Released *float64  `json:"released_after_seconds,omitempty"`
	By       ReleaseBy `json:"by,omitempty"`
	Detail   string    `json:"detail,omitempty"` // of By: the status, the alert
	// Proven is the time from parking until the server's process had read what was sent, in seconds. 0: before
	// parking. Nil: that was not seen.
	Proven *float64 `json:"proven_after_seconds,omitempty"`
	// Worker is the time from the release until no process of the server owned the socket, in seconds.
	Worker     *float64 `json:"worker_freed_after_seconds,omitempty"`
	WorkerKept bool     `json:"worker_kept,omitempty"` // a process still owned it when the watch ended
	// EndedWith is the hold of another cell whose limit fired when this one ended. It is only looked for where a hold may end sooner.
	EndedWith string `json:"ended_with,omitempty"`
}

// Measured says whether it is known that the server ended the hold, or that it kept it. Neither is known of a connection that did
// not reach its stage.
func (h HoldResult) Measured() bool { return h.Released != nil || h.By == ByNothing || h.WorkerKept }

// ReleasedBy says how the hold ended, in words: "fin", "http-status 408"; "" where nothing is known.
func (h HoldResult) ReleasedBy() string {
	if h.Detail == "" || h.By == BySocketGone {
		return string(h.By)
	}
	return string(h.By) + " " + h.Detail
}
