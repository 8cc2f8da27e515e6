package record

// PodInfo says how a target was set up, and what it was allowed.
type PodInfo struct {
	Address      string   `json:"address"`
	RestartAs    string   `json:"restart_as"`
	Capabilities []string `json:"capabilities,omitempty"` // beyond the default, by container: "inspector:SYS_PTRACE"
	Resources    []string `json:"resources,omitempty"`    // what the target may use: "memory 2048 MiB"
	Took         float64  `json:"took_seconds"`
}

// Incarnation is one life of the target's main process. The same PID with
// another start time (field 22 of /proc/PID/stat, clock ticks since boot) is a reuse.
type Incarnation struct {
	Number    int     `json:"number"`
	PID       int     `json:"pid"`
	StartTime uint64  `json:"start_time_ticks"`
	Began     int64   `json:"-"` // when the main process was started, in nanoseconds of CLOCK_MONOTONIC; the log has the event's time
	Took      float64 `json:"took_seconds,omitempty"`
	How       string  `json:"how,omitempty"` // of an end: killed, stopped, exited
	Exit      int     `json:"exit,omitempty"`
}

// Force is one attempt to start with a chosen PID.
type Force struct {
	Wanted  int    `json:"wanted"`
	Got     int    `json:"got"`
	Attempt int    `json:"attempt"`
	Burned  int    `json:"burned"`
	Error   string `json:"error,omitempty"`
}
