package record

// Autopsy is the evidence from a process that kept a hold.
type Autopsy struct {
	PID          int      `json:"pid"`
	Comm         string   `json:"comm,omitempty"`
	Class        string   `json:"class"` // see reports/README.md
	Because      string   `json:"because"`
	Attached     bool     `json:"attached"`
	Restart      bool     `json:"sa_restart"`
	Handler      string   `json:"handler,omitempty"`
	Caught       bool     `json:"caught"`
	Blocked      bool     `json:"blocked"`
	Ignored      bool     `json:"ignored"`
	Pending      bool     `json:"pending"`
	TimerBefore  *float64 `json:"timer_before_seconds,omitempty"` // what ITIMER_REAL had left before the deadline, 0: it did not run; nil: not read
	TimerAfter   *float64 `json:"timer_after_seconds,omitempty"`  // the same after the deadline
	Switches     *int64   `json:"switches,omitempty"`             // voluntary, across the deadline; nil: not watched
	Syscall      string   `json:"syscall,omitempty"`
	SyscallFD    int      `json:"syscall_fd,omitempty"`
	SyscallPeer  string   `json:"syscall_peer,omitempty"`
	Waits        *Wait    `json:"waits,omitempty"` // nil: no timeout of the wait and no armed timer was seen
	HandlerRan   bool     `json:"handler_ran"`
	NotAttached  string   `json:"not_attached,omitempty"`  // why not
	SyscallClass string   `json:"syscall_class,omitempty"` // restartable, restart-block, part-way, always-eintr, running, unlisted
	TID          int      `json:"tid,omitempty"`           // the thread that was looked at
	Deadline     int64    `json:"deadline_t,omitempty"`    // CLOCK_MONOTONIC ns
	Took         float64  `json:"took_seconds,omitempty"`  // from the stop to the detach
	Steps        []string `json:"steps,omitempty"`         // what was done when, relative to the deadline
}

// Wait is what ends the wait of a process without a signal.
type Wait struct {
	Timeout *float64     `json:"timeout_seconds,omitempty"` // of the system call, or of the socket; nil: none
	Timers  []ArmedTimer `json:"timers,omitempty"`          // of timerfd_create(2), in the epoll set
}

// ArmedTimer is a timerfd that runs.
type ArmedTimer struct {
	FD       int      `json:"fd"`
	Left     float64  `json:"left_seconds"`
	Interval *float64 `json:"interval_seconds,omitempty"` // nil: it expires once
}
