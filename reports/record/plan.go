package record

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
	Line      int      `json:"line,omitempty"`      // of that file: the limit, the scenario or the listeners that the cell is about
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
	Kills       string    `json:"kills,omitempty"`         // the signal with which the server kills the process that serves
	ReleasedBy  string    `json:"released_by,omitempty"`   // a regular expression: the limit's act is that the server says this
	Source      string    `json:"source,omitempty"`        // file:line
}
