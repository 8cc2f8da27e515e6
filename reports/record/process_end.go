package record

import "fmt"

// ProcessEnd says how a process of the server ended. The kernel tells that to its parent, and since Linux 6.15 to everybody who
// held a pidfd of it.
type ProcessEnd struct {
	PID     int    `json:"pid"` // in the target's PID namespace
	Comm    string `json:"comm,omitempty"`
	Begun   int64  `json:"begun_t,omitempty"`     // when it was started, to a clock tick of 10 ms: CLOCK_MONOTONIC in nanoseconds
	Ended   int64  `json:"ended_t,omitempty"`     // when it ended
	SeenT   int64  `json:"seen_t,omitempty"`      // when it was last known to live; 0: up to its end
	Main    bool   `json:"main,omitempty"`        // the target's main process
	Status  *int   `json:"exit_status,omitempty"` // nil: a signal ended it, or that is not known
	Signal  string `json:"signal,omitempty"`      // what killed it: SIGSEGV
	Unknown string `json:"unknown,omitempty"`     // why it is not known how it ended
	Held    int    `json:"held,omitempty"`        // how many holds ended with it
}

// Clean says whether nothing is noteworthy about the end: a child exited with status 0.
func (p ProcessEnd) Clean() bool { return !p.Main && p.Status != nil && *p.Status == 0 }

// String names the process and says how it ended: "process 17 (httpd) was killed by SIGSEGV".
func (p ProcessEnd) String() string {
	name := fmt.Sprintf("process %d", p.PID)
	if p.Main {
		name = fmt.Sprintf("the main process, PID %d", p.PID)
	}
	if p.Comm != "" {
		name += fmt.Sprintf(" (%s)", p.Comm)
	}
	switch {
	case p.Signal != "":
		return name + " was killed by " + p.Signal
	case p.Status != nil:
		return fmt.Sprintf("%s exited with status %d%s", name, *p.Status, shellSignal(*p.Status))
	case p.Unknown != "":
		return fmt.Sprintf("%s ended; how is not known: %s", name, p.Unknown)
	}
	return name + " ended"
}

// shellSignal explains a status above 128: so shells and container engines say that a signal killed a process. The numbers are
// those of Linux.
func shellSignal(status int) string {
	names := map[int]string{1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE",
		9: "SIGKILL", 11: "SIGSEGV", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM", 31: "SIGSYS"}
	if name := names[status-128]; name != "" {
		return fmt.Sprintf(" (128 + %d, %s)", status-128, name)
	}
	return ""
}
