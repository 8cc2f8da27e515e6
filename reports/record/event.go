package record

import "encoding/json"

// Kind names what happened.
type Kind string

// The kinds of event. Which payload an event carries stands beside its kind.
const (
	RunStarted         Kind = "run.started"         // Run
	RunEnded           Kind = "run.ended"           // Run
	CellPlanned        Kind = "cell.planned"        // Plan
	WaveStarted        Kind = "wave.started"        // Wave
	WaveEnded          Kind = "wave.ended"          // Wave
	ImageReady         Kind = "image.ready"         // Image
	ImageFailed        Kind = "image.failed"        // Note: why there is none
	PodStarted         Kind = "pod.started"         // Pod
	PodFailed          Kind = "pod.failed"          // Note
	PodLog             Kind = "pod.log"             // Note: the tail of a target's log
	IncarnationStarted Kind = "incarnation.started" // Incarnation
	IncarnationReady   Kind = "incarnation.ready"   // Incarnation
	IncarnationEnded   Kind = "incarnation.ended"   // Incarnation
	ForceAttempt       Kind = "pid.attempt"         // Force
	PIDCollision       Kind = "pid.collision"       // Force
	HoldConnected      Kind = "hold.connected"      // Hold
	HoldParked         Kind = "hold.parked"         // Hold
	HoldTrickled       Kind = "hold.trickled"       // Hold: the last trickled byte has gone out
	HoldProven         Kind = "hold.proven"         // Hold: inode, PID
	HoldReleased       Kind = "hold.released"       // Release
	HoldFailed         Kind = "hold.failed"         // Note: the stage could not be reached
	HoldNotApplicable  Kind = "hold.not-applicable" // Note: the target cannot have this stage
	WorkerFreed        Kind = "worker.freed"        // Release: the server's socket is gone
	LeftoverSeen       Kind = "leftover.seen"       // Leftover
	AutopsyDone        Kind = "autopsy"             // Autopsy
	Injected           Kind = "injected"            // Note
	Observed           Kind = "observed"            // Note: anything else that was measured
	CountsChecked      Kind = "counts.checked"      // Counts
	CanaryChecked      Kind = "canary.checked"      // Verdict
	CellJudged         Kind = "cell.judged"         // Verdict
	Noticed            Kind = "notice"              // Note: of the run, for every reader; changes no status
)

// Event is one line of the log. T is CLOCK_MONOTONIC in nanoseconds, which all
// containers of one host share; only differences mean anything.
type Event struct {
	Run         string       `json:"run"`
	T           int64        `json:"t"`
	Kind        Kind         `json:"kind"`
	Target      string       `json:"target,omitempty"`
	Pod         string       `json:"pod,omitempty"`
	Cell        string       `json:"cell,omitempty"`
	Hold        string       `json:"hold,omitempty"`
	RunInfo     *RunInfo     `json:"run_info,omitempty"`
	Plan        *Plan        `json:"plan,omitempty"`
	Wave        *Wave        `json:"wave,omitempty"`
	Image       *Image       `json:"image,omitempty"`
	PodInfo     *PodInfo     `json:"pod_info,omitempty"`
	Incarnation *Incarnation `json:"incarnation,omitempty"`
	Force       *Force       `json:"force,omitempty"`
	HoldInfo    *HoldInfo    `json:"hold_info,omitempty"`
	Release     *Release     `json:"release,omitempty"`
	Leftover    *Leftover    `json:"leftover,omitempty"`
	Autopsy     *Autopsy     `json:"autopsy,omitempty"`
	Counts      *Counts      `json:"counts,omitempty"`
	Verdict     *Judgement   `json:"verdict,omitempty"`
	Net         *Net         `json:"net,omitempty"`     // of an observation
	Workers     []Worker     `json:"workers,omitempty"` // of an observation
	Sample      *Sample      `json:"sample,omitempty"`  // of an observation
	Note        string       `json:"note,omitempty"`
	Error       string       `json:"error,omitempty"` // why an observation could not be made
}

// RunInfo says what ran, with what, on what.
type RunInfo struct {
	Version  string            `json:"version"`
	Command  string            `json:"command"`
	UnixTime int64             `json:"unix_time"` // seconds, for people; never for measuring
	Engine   map[string]string `json:"engine,omitempty"`
	Versions map[string]string `json:"versions,omitempty"`
	Exit     int               `json:"exit,omitempty"` // run.ended
	Stopped  string            `json:"stopped,omitempty"`
	FailOn   Severity          `json:"fail_on,omitempty"` // run.started: the least severity that makes the run fail; "" any
}

// Plan is a cell as it was planned, before anything ran.
type Plan struct {
	Suite     string   `json:"suite"` // timeouts, startup, ...
	Listener  string   `json:"listener,omitempty"`
	Stage     string   `json:"stage,omitempty"`
	Mode      Mode     `json:"mode,omitempty"`
	Scenario  string   `json:"scenario,omitempty"` // startup
	Limit     *Limit   `json:"limit,omitempty"`
	Bound     *Limit   `json:"bound,omitempty"` // a policy's max below Limit: judged as well
	Cap       float64  `json:"cap_seconds,omitempty"`
	Holds     int      `json:"holds,omitempty"`
	Expect    Verdict  `json:"expect"`
	Reason    string   `json:"reason,omitempty"` // of an unbounded or expected never
	Canary    bool     `json:"canary,omitempty"`
	Controls  []string `json:"controls,omitempty"` // addresses of the cells that prove this one
	Directive string   `json:"directive,omitempty"`
	File      string   `json:"file,omitempty"`      // the target file, as it was given: for the command that repeats the cell
	Side      Side     `json:"side,omitempty"`      // of a comparison: which of the two builds
	Repeat    int      `json:"repeat,omitempty"`    // of a comparison: which of the side's pods, from 1
	Overrides []string `json:"overrides,omitempty"` // further flags of that command: what changed the target (--image REF, --policy F), and -f F of its controls
}

// LimitKind says what a limit counts.
type LimitKind string

// The kinds of limit.
const (
	Idle     LimitKind = "idle"     // since the last byte
	Absolute LimitKind = "absolute" // since the connection or the stage began
	Max      LimitKind = "max"      // never longer than this; may be sooner
	AtLeast  LimitKind = "at-least" // not sooner than this; when, or whether at all, is not known
)

// Limit is what must end a hold. All in seconds.
type Limit struct {
	Kind        LimitKind `json:"kind"`
	Seconds     float64   `json:"seconds"`
	Granularity float64   `json:"granularity_seconds,omitempty"`
	TooEarly    float64   `json:"tolerance_early_seconds"` // allowed before the limit
	TooLate     float64   `json:"tolerance_late_seconds"`  // allowed after limit and granularity
	Worker      float64   `json:"worker_seconds"`          // allowed from the peer's release to the worker's
	By          string    `json:"by,omitempty"`            // the directive that sets it
	Source      string    `json:"source,omitempty"`        // file:line
}

// Wave is a set of holds that wait at the same time.
type Wave struct {
	Number  int     `json:"number"`
	Targets int     `json:"targets"`
	Holds   int     `json:"holds"`
	Longest float64 `json:"longest_seconds"` // planned at the start, measured at the end
}

// Image is what a target was started from.
type Image struct {
	Ref    string  `json:"ref"`
	ID     string  `json:"id"`
	Digest string  `json:"digest,omitempty"`
	Origin string  `json:"origin"` // engine, pulled, built
	Took   float64 `json:"took_seconds"`
	// Version is what the image says of itself in the label org.opencontainers.image.version.
	Version string `json:"version,omitempty"`
	// Service is that of the target whose image it is; "" is the target's own.
	Service string `json:"service,omitempty"`
}

// PodInfo says how a target was set up, and what it was allowed.
type PodInfo struct {
	Address      string   `json:"address"`
	RestartAs    string   `json:"restart_as"`
	Capabilities []string `json:"capabilities,omitempty"` // beyond the default, by container: "inspector:SYS_PTRACE"
	Took         float64  `json:"took_seconds"`
}

// Incarnation is one life of the target's main process. The same PID with
// another start time (field 22 of /proc/PID/stat, clock ticks since boot) is a reuse.
type Incarnation struct {
	Number    int     `json:"number"`
	PID       int     `json:"pid"`
	StartTime uint64  `json:"start_time_ticks"`
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

// HoldInfo tells where a hold stands. Attempt counts from 1.
type HoldInfo struct {
	Local   string `json:"local,omitempty"` // the attacker's end
	Peer    string `json:"peer,omitempty"`  // the server's end
	Sent    int    `json:"sent,omitempty"`  // bytes
	Got     int    `json:"got,omitempty"`   // bytes
	LastT   int64  `json:"last_byte_t,omitempty"`
	Inode   uint64 `json:"inode,omitempty"`
	RQueue  uint32 `json:"rqueue,omitempty"`
	PID     int    `json:"pid,omitempty"` // in the target's PID namespace
	TID     int    `json:"tid,omitempty"` // the thread that blocks on it, where one does
	FD      int    `json:"fd,omitempty"`
	State   string `json:"state,omitempty"`  // of the server's socket: ESTABLISHED, CLOSE-WAIT, ...
	SeenT   int64  `json:"seen_t,omitempty"` // worker.freed: when a process was last seen to own the socket
	Attempt int    `json:"attempt,omitempty"`
}

// Release is the end of a hold, or of the worker's part in it.
type Release struct {
	By     ReleaseBy `json:"by"`
	Detail string    `json:"detail,omitempty"`
	LastT  int64     `json:"last_byte_t,omitempty"` // when we last sent a byte
	End    ReleaseBy `json:"end,omitempty"`         // what closed the connection after an alert, a close_notify or a status: fin or rst; empty if nothing did soon
	EndT   int64     `json:"end_t,omitempty"`       // when it did
}

// Leftover is one thing that a start found or an unclean death left.
type Leftover struct {
	Kind   string `json:"kind"` // file, directory, symlink, fifo, posix-shm, sysv-shm, sysv-sem, sysv-msg, socket, lock, pid-file
	Name   string `json:"name"`
	When   string `json:"when"` // before, running, after, start
	Inc    int    `json:"incarnation"`
	New    bool   `json:"new,omitempty"`
	Owner  string `json:"owner,omitempty"`
	Mode   string `json:"mode,omitempty"`
	Size   int64  `json:"size,omitempty"`
	Inode  uint64 `json:"inode,omitempty"`
	Key    string `json:"key,omitempty"`
	Attach int    `json:"nattch,omitempty"`
	CPID   int    `json:"cpid,omitempty"`
	Holds  int    `json:"holds_pid,omitempty"` // the number that a pid-file holds
	Note   string `json:"note,omitempty"`      // what could not be seen, and why
}

// Autopsy is the evidence from a process that kept a hold.
type Autopsy struct {
	PID          int      `json:"pid"`
	Comm         string   `json:"comm,omitempty"`
	Class        string   `json:"class"` // restarted, looped, blocked, ignored, never-armed, re-armed, sent-by-parent, unknown
	Because      string   `json:"because"`
	Attached     bool     `json:"attached"`
	Restart      bool     `json:"sa_restart"`
	Handler      string   `json:"handler,omitempty"`
	Caught       bool     `json:"caught"`
	Blocked      bool     `json:"blocked"`
	Ignored      bool     `json:"ignored"`
	Pending      bool     `json:"pending"`
	TimerBefore  int64    `json:"timer_before_ns"` // ITIMER_REAL, what was left; -1: not read
	TimerAfter   int64    `json:"timer_after_ns"`  // -1: not read
	Switches     int64    `json:"switches"`        // voluntary, across the deadline; -1: not watched
	Syscall      string   `json:"syscall,omitempty"`
	SyscallFD    int      `json:"syscall_fd,omitempty"`
	SyscallPeer  string   `json:"syscall_peer,omitempty"`
	HandlerRan   bool     `json:"handler_ran"`
	NotAttached  string   `json:"not_attached,omitempty"`  // why not
	SyscallClass string   `json:"syscall_class,omitempty"` // restartable, restart-block, part-way, always-eintr, running, unlisted
	TID          int      `json:"tid,omitempty"`           // the thread that was looked at
	Deadline     int64    `json:"deadline_t,omitempty"`    // CLOCK_MONOTONIC ns
	TookNS       int64    `json:"took_ns,omitempty"`       // from the stop to the detach
	Steps        []string `json:"steps,omitempty"`         // what was done when, relative to the deadline
}

// Counts compares what was planned, opened and taken.
type Counts struct {
	Planned      int `json:"planned"`
	Connected    int `json:"connected"`
	PassiveOpens int `json:"passive_opens"` // of the pod's network namespace, over the wave
}

// Judgement is the verdict of a cell, with what was measured and expected.
type Judgement struct {
	Verdict  Verdict   `json:"verdict"`
	Expect   Verdict   `json:"expect"`
	Status   Status    `json:"status"`
	Severity Severity  `json:"severity,omitempty"`
	Measured []float64 `json:"measured_seconds,omitempty"` // one for each hold, -1 for not released
	Workers  []float64 `json:"workers_seconds,omitempty"`  // from the peer's release to the worker's; none where a stream alone was released
	By       []string  `json:"by,omitempty"`               // how each was released
	Message  string    `json:"message"`                    // one line: measured, expected, directive
	Evidence []string  `json:"evidence,omitempty"`
	Waiver   string    `json:"waiver,omitempty"`
	Took     float64   `json:"took_seconds"`
}

// Line is the event as one line of the log, without the newline.
func (e Event) Line() ([]byte, error) { return json.Marshal(e) }
